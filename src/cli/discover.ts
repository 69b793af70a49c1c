import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import { selectedContext } from '../inputs/kubeconfig.ts';
import { connectContext } from '../kubernetes/client/connect.ts';
import { type DataForm, dataText } from '../kubernetes/data-text.ts';
import { Secret } from '../secret.ts';
import { type Discovery, discover } from '../usecases/discover.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';
import type { CommandRuntime } from './run-command.ts';

/**
 * `dexchange discover`: prints the API, Dex and client of a cluster as a table, JSON or shell lines.
 * @throws DexchangeError
 */
export async function runDiscover(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const settings = commandSettings('discover', parsed, runtime);
  const form = outputForm(settings, ['table', 'json', 'yaml', 'shell']);
  const discovery = await discoverWith(settings, runtime);
  switch (form) {
    case 'table':
      return asTable(discovery);
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
      return asShell(discovery);
  }
}

async function discoverWith(settings: Settings, runtime: CommandRuntime): Promise<Discovery> {
  const { context } = selectedContext(settings, runtime);
  const time = { timeoutMs: settings.value('timeout') };
  const { api } = await connectContext(context, time, runtime);
  try {
    return await discover(settings, api);
  } finally {
    await api.close();
  }
}

function plainText(value: string | Secret): string {
  // Secrets are only in the result with --show-secrets.
  return value instanceof Secret ? value.reveal() : value;
}

function asTable({ values, checks }: Discovery): string {
  const width = Math.max(...[...values, ...checks].map(({ name }) => name.length));
  const lines = values.map(({ name, value, place }) => {
    const text = plainText(value);
    const display = name === 'API_CA_DATA' ? `${text.slice(0, 24)}… (base64)` : printable(text);
    return `${name.padEnd(width)}  ${display}  (${place})`;
  });
  const checkLines = checks.flatMap(({ name, state, text, hint }) => [
    `${name.padEnd(width)}  ${state.padEnd(7)}  ${text}`,
    ...(hint === undefined ? [] : [`${''.padEnd(width)}           ${hint}`]),
  ]);
  return `${[...lines, '', ...checkLines].join('\n')}\n`;
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

function asShell({ values }: Discovery): string {
  return values
    .filter(({ value }) => !plainText(value).includes('\0'))
    .map(({ name, value }) => `${name}='${plainText(value).replaceAll("'", "'\\''")}'\n`)
    .join('');
}
