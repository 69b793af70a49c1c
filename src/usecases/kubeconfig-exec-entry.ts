import { joinWords } from '../config/command-words.ts';
import type { Settings } from '../config/resolve.ts';
import { belongsTo, type KubeconfigMethod, ownVariable, type Setting } from '../config/setting.ts';
import { settings as rows, type SettingName } from '../config/table.ts';
import { goDuration } from '../duration.ts';
import { DexchangeError } from '../errors.ts';
import {
  checkPortableCommand,
  type PathRules,
  portablePath,
  portableProgram,
} from '../inputs/portable-path.ts';
import {
  clientSecretNames,
  idpClientSecretNames,
  isSecretSet,
  type SecretNames,
  type Secrets,
  settingsOfSecret,
} from '../inputs/secrets.ts';
import type { ExecPlugin } from '../kubernetes/kubeconfig/entries.ts';
import { reveal, type Secret } from '../secret.ts';

/** Values that discovery found; the settings have precedence. */
export interface KnownValues {
  readonly texts: Partial<Readonly<Record<SettingName, string>>>;
  readonly clientSecret: Secret | undefined;
}

/** The parts of an exec entry that settings are added to. */
interface EntryParts {
  readonly args: string[];
  readonly env: { name: string; value: string }[];
}

/**
 * The exec entry that runs get-token with the current settings, including those from variables,
 * which the job may not have later. Secrets are not included unless --embed-secrets is set: the
 * entry refers to their file or command, or the job sets their variables. The content of
 * --dex-certificate-authority is a known value, because the job does not have the file.
 * @param known values for settings that are not set
 * @throws DexchangeError setting_conflict for a secret in a flag, which the entry cannot refer to;
 *   setting_invalid for a path of this machine
 */
export async function exchangePlugin(
  settings: Settings,
  known: KnownValues,
  secrets: Secrets,
  rules: PathRules,
): Promise<ExecPlugin> {
  const entry: EntryParts = { args: ['get-token'], env: [] };
  addSettings(entry, 'token-exchange', known.texts, settings, rules);
  for (const names of [clientSecretNames, idpClientSecretNames]) {
    await addSecret(entry, names, settings, secrets, rules);
  }
  if (
    settings.value('embed-secrets') &&
    known.clientSecret !== undefined &&
    !isSecretSet(clientSecretNames, settings)
  ) {
    embed(entry, clientSecretNames, known.clientSecret);
  }
  return { command: programName(settings, rules), ...entry };
}

/**
 * The exec entry whose credential is the identity token, as `exchangePlugin` without Dex.
 * @param texts values for settings that are not set
 * @throws DexchangeError setting_conflict, setting_invalid
 */
export async function identityPlugin(
  settings: Settings,
  texts: KnownValues['texts'],
  secrets: Secrets,
  rules: PathRules,
): Promise<ExecPlugin> {
  const entry: EntryParts = { args: ['get-token'], env: [] };
  add(entry, 'method', 'identity');
  addSettings(entry, 'identity', texts, settings, rules);
  await addSecret(entry, idpClientSecretNames, settings, secrets, rules);
  return { command: programName(settings, rules), ...entry };
}

/** Adds the settings of get-token that are set here, but for the secrets of clients. */
function addSettings(
  entry: EntryParts,
  method: KubeconfigMethod,
  texts: KnownValues['texts'],
  settings: Settings,
  rules: PathRules,
): void {
  for (const [name, row] of rows) {
    const text = texts[name];
    if (clientSecretSettings.has(name) || name === 'dex-certificate-authority') continue;
    if (isPassedOn(name, row, method, settings)) {
      add(entry, name, textOf(name, row, settings, rules));
    } else if (text !== undefined) add(entry, name, text);
  }
}

const clientSecretSettings: ReadonlySet<SettingName> = new Set(
  [clientSecretNames, idpClientSecretNames].flatMap(settingsOfSecret),
);

/**
 * The exec entry that requests short-lived tokens of a ServiceAccount.
 * @param values values by setting, in the order of the arguments; undefined ones are omitted
 * @throws DexchangeError setting_invalid for a program of this machine
 */
export function serviceAccountPlugin(
  settings: Settings,
  values: readonly (readonly [SettingName, string | undefined])[],
  rules: PathRules,
): ExecPlugin {
  const entry: EntryParts = { args: ['get-token'], env: [] };
  add(entry, 'method', 'service-account');
  for (const [name, value] of values) if (value !== undefined) add(entry, name, value);
  return { command: programName(settings, rules), ...entry };
}

function programName(settings: Settings, rules: PathRules): string {
  return portableProgram('exec-command', settings.value('exec-command'), rules);
}

function commandText(name: SettingName, words: readonly string[], rules: PathRules): string {
  checkPortableCommand(name, words, rules);
  return joinWords(words);
}

function isPassedOn(
  name: SettingName,
  row: Setting,
  method: KubeconfigMethod,
  settings: Settings,
): boolean {
  const level = settings.found(name)?.origin.level;
  return (
    row.flagOnly !== true &&
    name !== 'verbose' &&
    belongsTo(row, 'get-token') &&
    belongsTo(row, `kubeconfig ${method}`) &&
    !otherMeaning.has(name) &&
    level !== undefined &&
    level !== 'default'
  );
}

/** In get-token these belong to method service-account, and here to the administrator's access. */
const otherMeaning: ReadonlySet<SettingName> = new Set(['kubeconfig', 'context', 'server']);

function textOf(name: SettingName, row: Setting, settings: Settings, rules: PathRules): string {
  const value: unknown = settings.value(name);
  switch (row.type) {
    case 'path':
      return portablePath(name, String(value), rules);
    case 'command':
      return commandText(name, value as readonly string[], rules);
    case 'duration':
      return durationText(settings, name) ?? '';
    case 'switch':
      return String(value);
    case 'list':
      return (value as readonly (string | Secret)[]).map(reveal).join('\n');
    default:
      return reveal(value as string | Secret);
  }
}

/** A duration as it was given, such as `90m`; a bare number of seconds gets its unit. */
export function durationText(settings: Settings, name: SettingName): string | undefined {
  const found = settings.found(name);
  if (found === undefined) return undefined;
  const { text = '', value } = found;
  return /[a-z]\s*$/.test(text) ? text.trim() : goDuration(Number(value));
}

/**
 * Adds a setting as an argument if its text is plain. Text that a shell would change becomes a
 * variable, because fabric8 (Java) runs plugins through `sh -c`.
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
  rules: PathRules,
): Promise<void> {
  if (!secrets.isSet(names)) return;
  if (settings.value('embed-secrets')) {
    const secret = await secrets.get(names).value();
    embed(entry, names, secret);
    return;
  }
  const file = settings.value(names.file);
  const command = settings.value(names.command);
  if (file !== undefined) add(entry, names.file, portablePath(names.file, file, rules));
  if (command !== undefined) add(entry, names.command, commandText(names.command, command, rules));
  if (settings.found(names.value)?.origin.level === 'flag') {
    throw new DexchangeError(
      'setting_conflict',
      `--${names.value} is set, but a kubeconfig without --embed-secrets contains no secrets`,
      {
        hint: `set --${names.file}, set ${ownVariable(names.value)} in the jobs that use the kubeconfig, or add --embed-secrets`,
      },
    );
  }
}

/** Embeds a secret as a variable, because other users can read the command lines of processes. */
function embed(entry: EntryParts, names: SecretNames, secret: Secret): void {
  entry.env.push({ name: ownVariable(names.value), value: secret.reveal() });
}
