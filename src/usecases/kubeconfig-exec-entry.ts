import { isAbsolute, join } from 'node:path';
import { joinWords } from '../config/command-words.ts';
import type { Settings } from '../config/resolve.ts';
import { belongsTo, ownVariable, type Setting } from '../config/setting.ts';
import { settings as rows, type SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import {
  clientSecretNames,
  idpClientSecretNames,
  isGiven,
  type SecretNames,
  secretSetting,
} from '../inputs/secrets.ts';
import type { ExecPlugin } from '../kubernetes/kubeconfig/entries.ts';
import { reveal, type Secret } from '../secret.ts';
import type { OpenNetwork, Runtime } from './outside.ts';

/** What is known without being set. */
export interface Found {
  readonly texts: Partial<Readonly<Record<SettingName, string>>>;
  readonly clientSecret: Secret | undefined;
}

/** Where an exec entry's settings go. */
interface Entry {
  readonly args: string[];
  readonly env: { name: string; value: string }[];
}

/**
 * The exec entry that calls get-token with the settings that are set here, wherever: what is in a
 * variable now need not be in the job later. Secrets are left to the variables of the job, or
 * referred to by file or command, unless they are to be embedded.
 * @param found values of settings that are not set, such as what the cluster tells
 * @throws DexchangeError setting_conflict for a secret that is given but has no place to go to
 */
export async function exchangePlugin(
  settings: Settings,
  found: Found,
  runtime: Runtime,
  network: OpenNetwork,
): Promise<ExecPlugin> {
  const entry: Entry = { args: ['get-token'], env: [] };
  const secrets = [clientSecretNames, idpClientSecretNames];
  const ofSecrets = new Set<SettingName>(
    secrets.flatMap(({ value, file, command }) => [value, file, command]),
  );
  for (const [name, row] of rows) {
    const text = found.texts[name];
    if (ofSecrets.has(name)) continue;
    if (passedOn(name, row, settings)) add(entry, name, textOf(name, row, settings, runtime));
    else if (text !== undefined) add(entry, name, text);
  }
  for (const names of secrets) await addSecret(entry, names, settings, runtime, network);
  if (
    settings.value('embed-secrets') &&
    found.clientSecret !== undefined &&
    !isGiven(clientSecretNames, settings)
  ) {
    embed(entry, clientSecretNames, found.clientSecret);
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
  const entry: Entry = { args: ['get-token'], env: [] };
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

function textOf(name: SettingName, row: Setting, settings: Settings, runtime: Runtime): string {
  const value: unknown = settings.value(name);
  switch (row.type) {
    case 'path':
      return absolute(String(value), runtime);
    case 'command':
      return joinWords(value as readonly string[]);
    case 'duration':
      return `${value}ms`;
    case 'list':
      return (value as readonly string[]).join('\n');
    default:
      return reveal(value as string);
  }
}

/** Clients run the plugin in folders of their own choice. */
export function absolute(path: string, runtime: Pick<Runtime, 'cwd'>): string {
  return isAbsolute(path) ? path : join(runtime.cwd(), path);
}

/**
 * As an argument where it is plain. What a shell would change goes into a variable, since fabric8
 * (Java) runs plugins through `sh -c`.
 */
function add(entry: Entry, name: SettingName, text: string): void {
  if (/^[\w@%+=:,./-]+$/.test(text)) entry.args.push(`--${name}=${text}`);
  else entry.env.push({ name: ownVariable(name), value: text });
}

async function addSecret(
  entry: Entry,
  names: SecretNames,
  settings: Settings,
  runtime: Runtime,
  network: OpenNetwork,
): Promise<void> {
  if (!isGiven(names, settings)) return;
  if (settings.value('embed-secrets')) {
    const secret = await secretSetting(names, settings, runtime, network).value();
    embed(entry, names, secret);
    return;
  }
  const file = settings.value(names.file);
  const words = settings.value(names.command);
  if (file !== undefined) add(entry, names.file, absolute(file, runtime));
  if (words !== undefined) add(entry, names.command, joinWords(words));
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
function embed(entry: Entry, names: SecretNames, secret: Secret): void {
  entry.env.push({ name: ownVariable(names.value), value: secret.reveal() });
}
