import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import { asDexchangeError } from '../errors.ts';
import { selectedContext } from '../inputs/kubeconfig.ts';
import { withContextApi } from '../kubernetes/client/connect.ts';
import { type DataForm, dataText } from '../kubernetes/data-text.ts';
import { Secret } from '../secret.ts';
import { shellQuoted } from '../shell-word.ts';
import { wrapped } from '../terminal/layout.ts';
import { styleFor } from '../terminal/style.ts';
import { type Discovery, discover, discoveryExitCode, failedChecks } from '../usecases/discover.ts';
import type { Outcome } from './command-line.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';
import { errorReport } from './error-report.ts';
import type { CommandRuntime } from './run-command.ts';

/**
 * `dexchange discover`: prints the API, Dex and client of a cluster as a table, JSON or shell lines. The
 * exit code is 2 or 6 if something that was asked for is missing or forbidden.
 * @throws DexchangeError
 */
export async function runDiscover(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<Outcome> {
  const settings = commandSettings('discover', parsed, runtime);
  const form = outputForm(settings, ['table', 'json', 'yaml', 'shell']);
  let discovery: Discovery;
  try {
    discovery = await discoverWith(settings, runtime);
  } catch (error) {
    if (form !== 'shell') throw error;
    const { exitCode } = asDexchangeError(error);
    const stderr = errorReport(error, settings.value('verbose'));
    return { stdout: shellFailure(exitCode), stderr, exitCode };
  }
  const exitCode = discoveryExitCode(discovery);
  return { stdout: textOf(discovery, form, exitCode, runtime), stderr: '', exitCode };
}

function textOf(
  discovery: Discovery,
  form: 'table' | 'shell' | DataForm,
  exitCode: number,
  runtime: CommandRuntime,
): string {
  switch (form) {
    case 'table':
      return asTable(discovery, styleFor(runtime.terminal(1), runtime.env).width);
    case 'json':
    case 'yaml':
      return asData(discovery, form);
    case 'shell':
      for (const { name, state, text } of discovery.checks) {
        if (state !== 'ok') runtime.printNotice(`${state}: ${name}: ${text}`);
      }
      for (const { name, value } of discovery.values) {
        if (plainText(value).includes('\0')) {
          runtime.printNotice(`missing: ${name}: no shell variable can hold its null byte`);
        }
      }
      return `${asShell(discovery)}${exitCode === 0 ? '' : shellFailure(exitCode)}`;
  }
}

function discoverWith(settings: Settings, runtime: CommandRuntime): Promise<Discovery> {
  const { context } = selectedContext(settings, runtime);
  const time = { timeoutMs: settings.value('timeout') };
  return withContextApi(context, time, runtime, (api) => discover(settings, api));
}

function plainText(value: string | Secret): string {
  // Secrets are only in the result with --show-secrets.
  return value instanceof Secret ? value.reveal() : value;
}

/** What is missing comes first, then the values and all checks. */
function asTable({ values, checks }: Discovery, columns: number): string {
  const width = Math.max(...[...values, ...checks].map(({ name }) => name.length));
  const lines = values.flatMap(({ name, value, place }) => {
    const text = plainText(value);
    const display = name === 'API_CA_DATA' ? `${text.slice(0, 24)}… (base64)` : printable(text);
    const line = `${name.padEnd(width)}  ${display}`;
    const from = `  (${place})`;
    // The value stays whole, so that it can be copied.
    return line.length + from.length <= columns
      ? [`${line}${from}`]
      : [line, `${' '.repeat(width)}${from}`];
  });
  const margin = ' '.repeat(width + 11);
  const checkLines = checks.flatMap(({ name, state, text, hint }) => [
    ...wrapped(text, [`${name.padEnd(width)}  ${state.padEnd(7)}  `, margin], columns),
    ...(hint === undefined ? [] : wrapped(hint, [margin, margin], columns)),
  ]);
  const failed = failedChecks(checks).flatMap(({ name, text, hint }) => [
    ...wrapped(`${name}: ${text}`, ['FAILED: ', '  '], columns),
    ...(hint === undefined ? [] : wrapped(hint, ['  fix: ', '  '], columns)),
  ]);
  if (failed.length > 0) failed.push('');
  return `${[...failed, ...lines, '', ...checkLines].join('\n')}\n`;
}

/** A value that a terminal shows as it is. */
function printable(text: string): string {
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? '(has control characters: use -o json)' : text;
}

function asData({ values, checks }: Discovery, form: DataForm): string {
  const byName = Object.fromEntries(
    values.map(({ name, value, place }) => [name, { value: plainText(value), place }]),
  );
  return dataText({ values: byName, checks }, form);
}

/** Makes `eval "$(…)"` fail: it has the status of the last line, not that of the command inside. */
function shellFailure(exitCode: number): string {
  return `(exit ${exitCode})\n`;
}

function asShell({ values }: Discovery): string {
  return values
    .filter(({ value }) => !plainText(value).includes('\0'))
    .map(({ name, value }) => `${name}=${shellQuoted(plainText(value))}\n`)
    .join('');
}
