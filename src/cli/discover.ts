import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import { selectedContext } from '../inputs/kubeconfig.ts';
import { withContextApi } from '../kubernetes/client/connect.ts';
import { type DataForm, dataText } from '../kubernetes/data-text.ts';
import { Secret } from '../secret.ts';
import { shellQuoted } from '../shell-word.ts';
import { wrapped } from '../terminal/layout.ts';
import { styleFor } from '../terminal/style.ts';
import { discover } from '../usecases/discover/discover.ts';
import { type Discovery, discoveryExitCode, failedChecks } from '../usecases/discover/discovery.ts';
import { type Outcome, shellFailure } from './command-line.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

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
  const discovery = await discoverWith(settings, runtime);
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
      for (const { name, state, text, hint } of discovery.checks) {
        // What the user may create does not matter to the values.
        if (state === 'ok' || name === 'permission') continue;
        runtime.printNotice(`${state}: ${name}: ${text}`);
        if (hint !== undefined) runtime.printNotice(`fix: ${hint}`);
      }
      for (const { name, value } of discovery.values) {
        if (plainText(value).includes('\0')) {
          runtime.printNotice(`missing: ${name}: no shell variable can hold its null byte`);
        }
      }
      if (discovery.grant !== undefined)
        runtime.printNotice(grantLines(discovery.grant).join('\n'));
      return `${asShell(discovery)}${exitCode === 0 ? '' : shellFailure(exitCode)}`;
  }
}

function discoverWith(settings: Settings, runtime: CommandRuntime): Promise<Discovery> {
  const { context } = selectedContext(settings, runtime);
  const time = { timeoutMs: settings.value('timeout') };
  return withContextApi(context, time, runtime, (api) =>
    discover(settings, api, runtime.publicRoots()),
  );
}

function plainText(value: string | Secret): string {
  // Secrets are only in the result with --show-secrets.
  return value instanceof Secret ? value.reveal() : value;
}

/** The command that allows what was forbidden; it can be pasted into a shell as it is. */
function grantLines(grant: string): readonly string[] {
  return ['To allow what is forbidden, ask a cluster administrator to run this:', '', grant];
}

/** What is missing comes first, then the values and all checks, and the command that allows more. */
function asTable({ values, checks, grant }: Discovery, columns: number): string {
  const width = Math.max(...[...values, ...checks].map(({ name }) => name.length));
  const lines = values.flatMap(({ name, value, place }) => {
    const text = plainText(value);
    const display = name.endsWith('_CA_DATA') ? `${text.slice(0, 24)}… (base64)` : printable(text);
    const line = `${name.padEnd(width)}  ${display}`;
    const from = `  (${place})`;
    // The value stays whole, so that it can be copied.
    if (line.length + from.length <= columns) return [`${line}${from}`];
    return [line, `${' '.repeat(Math.max(0, Math.min(width, columns - from.length)))}${from}`];
  });
  const margin = ' '.repeat(width + 11);
  const failures = failedChecks(checks);
  const checkLines = checks.flatMap((check) => {
    const { name, state, text, hint } = check;
    const lines = wrapped(text, [`${name.padEnd(width)}  ${state.padEnd(7)}  `, margin], columns);
    // The fix of a failure is at the top.
    if (hint === undefined || failures.includes(check)) return lines;
    return [...lines, ...wrapped(hint, [`${margin}fix: `, margin], columns)];
  });
  const failed = failures.flatMap(({ name, text, hint }) => [
    ...wrapped(`${name}: ${text}`, ['FAILED: ', '  '], columns),
    ...(hint === undefined ? [] : wrapped(hint, ['  fix: ', '  '], columns)),
  ]);
  const end = grant === undefined ? [] : grantLines(grant);
  const blocks = [failed, lines, checkLines, end].filter((block) => block.length > 0);
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

/** A value that a terminal shows as it is. */
function printable(text: string): string {
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? '(has control characters: use -o json)' : text;
}

function asData({ values, checks, grant }: Discovery, form: DataForm): string {
  const byName = Object.fromEntries(
    values.map(({ name, value, place }) => [name, { value: plainText(value), place }]),
  );
  return dataText({ values: byName, checks, grant: grant ?? null }, form);
}

function asShell({ values }: Discovery): string {
  return values
    .filter(({ value }) => !plainText(value).includes('\0'))
    .map(({ name, value }) => `${name}=${shellQuoted(plainText(value))}\n`)
    .join('');
}
