import { isAbsolute, join } from 'node:path';
import { quoteWords } from '../config/quote-words.ts';
import type { Settings } from '../config/resolve.ts';
import { belongsTo, ownVariable, type Setting } from '../config/setting.ts';
import { settings as rows, type SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import {
  clientSecretNames,
  idpClientSecretNames,
  isSecretSet,
  type SecretNames,
  type Secrets,
} from '../inputs/secrets.ts';
import type { ExecPlugin } from '../kubernetes/kubeconfig/entries.ts';
import type { Runtime } from '../ports.ts';
import { reveal, type Secret } from '../secret.ts';

/** Values that the cluster gave, for settings that are not set. */
export interface KnownValues {
  readonly texts: Partial<Readonly<Record<SettingName, string>>>;
  readonly clientSecret: Secret | undefined;
}

/** The args and variables of an exec entry in the making. */
interface EntryParts {
  readonly args: string[];
  readonly env: { name: string; value: string }[];
}

/**
 * The exec entry that calls get-token with the settings that are set here, wherever: what is in a
 * variable now need not be in the job later. Secrets are left to the variables of the job, or
 * referred to by file or command, unless they are to be embedded.
 * @param known values of settings that are not set, such as those the cluster gave
 * @throws DexchangeError setting_conflict for a secret that is given but has no place to go to
 */
export async function exchangePlugin(
  settings: Settings,
  known: KnownValues,
  secrets: Secrets,
  cwd: () => string,
): Promise<ExecPlugin> {
  const entry: EntryParts = { args: ['get-token'], env: [] };
  const secretNames = [clientSecretNames, idpClientSecretNames];
  const ofSecrets = new Set<SettingName>(
    secretNames.flatMap(({ value, file, command }) => [value, file, command]),
  );
  for (const [name, row] of rows) {
    const text = known.texts[name];
    if (ofSecrets.has(name)) continue;
    if (passedOn(name, row, settings)) add(entry, name, textOf(name, row, settings, cwd));
    else if (text !== undefined) add(entry, name, text);
  }
  for (const names of secretNames) await addSecret(entry, names, settings, secrets, cwd);
  if (
    settings.value('embed-secrets') &&
    known.clientSecret !== undefined &&
    !isSecretSet(clientSecretNames, settings)
  ) {
    embed(entry, clientSecretNames, known.clientSecret);
  }
  return { command: programName(settings), ...entry };
}

/**
 * The exec entry that asks for short-lived tokens of a ServiceAccount.
 * @param given values by setting, in the order of the arguments; undefined ones are left out
 */
export function serviceAccountPlugin(
  settings: Settings,
  given: readonly (readonly [SettingName, string | undefined])[],
): ExecPlugin {
  const entry: EntryParts = { args: ['get-token'], env: [] };
  add(entry, 'method', 'service-account');
  for (const [name, value] of given) if (value !== undefined) add(entry, name, value);
  return { command: programName(settings), ...entry };
}

function programName(settings: Settings): string {
  const command = settings.value('exec-command');
  if (isAbsolute(command) || /^[^/\\]+$/.test(command)) return command;
  throw new DexchangeError('setting_invalid', '--exec-command is a relative path', {
    hint: "clients would look for it in the kubeconfig's folder: give a name in PATH or the full path",
  });
}

function passedOn(name: SettingName, row: Setting, settings: Settings): boolean {
  const level = settings.found(name)?.origin.level;
  return (
    row.flagOnly !== true &&
    name !== 'verbose' &&
    belongsTo(row, 'get-token') &&
    belongsTo(row, 'kubeconfig token-exchange') &&
    !notOfTheExchange.has(name) &&
    level !== undefined &&
    level !== 'default'
  );
}

/** Of get-token they concern the other method; here, the administrator's own access. */
const notOfTheExchange: ReadonlySet<SettingName> = new Set(['kubeconfig', 'context', 'server']);

function textOf(name: SettingName, row: Setting, settings: Settings, cwd: () => string): string {
  const value: unknown = settings.value(name);
  switch (row.type) {
    case 'path':
      return absolute(String(value), cwd);
    case 'command':
      return quoteWords(value as readonly string[]);
    case 'duration':
      return `${value}ms`;
    case 'list':
      return (value as readonly string[]).join('\n');
    default:
      return reveal(value as string);
  }
}

/** Clients run the plugin in folders of their own choice. */
export function absolute(path: string, cwd: Runtime['cwd']): string {
  return isAbsolute(path) ? path : join(cwd(), path);
}

/**
 * As an argument where it is plain. What a shell would change goes into a variable, since fabric8
 * (Java) runs plugins through `sh -c`.
 */
function add(entry: EntryParts, name: SettingName, text: string): void {
  if (/^[\w@%+=:,./-]+$/.test(text)) entry.args.push(`--${name}=${text}`);
  else entry.env.push({ name: ownVariable(name), value: text });
}

async function addSecret(
  entry: EntryParts,
  names: SecretNames,
  settings: Settings,
  secrets: Secrets,
  cwd: () => string,
): Promise<void> {
  if (!secrets.isSet(names)) return;
  if (settings.value('embed-secrets')) {
    const secret = await secrets.get(names).value();
    embed(entry, names, secret);
    return;
  }
  const file = settings.value(names.file);
  const words = settings.value(names.command);
  if (file !== undefined) add(entry, names.file, absolute(file, cwd));
  if (words !== undefined) add(entry, names.command, quoteWords(words));
  if (settings.found(names.value)?.origin.level === 'flag') {
    throw new DexchangeError(
      'setting_conflict',
      `--${names.value} is given, but a kubeconfig refers to secrets and does not hold them`,
      {
        hint: `give --${names.file}, set ${ownVariable(names.value)} where the kubeconfig is used, or ask for it by --embed-secrets`,
      },
    );
  }
}

/** As a variable: other users can read the command lines of processes. */
function embed(entry: EntryParts, names: SecretNames, secret: Secret): void {
  entry.env.push({ name: ownVariable(names.value), value: secret.reveal() });
}
