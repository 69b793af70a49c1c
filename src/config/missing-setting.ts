import { DexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import type { Settings } from './resolve.ts';
import { ownVariable, ownVariables, type Setting } from './setting.ts';
import { type SettingName, settings as settingRows, table } from './table.ts';

/** What an error about missing settings says beyond their names. */
export interface MissingSettingOptions {
  /** What the settings are needed for: `client credentials`. */
  readonly purpose?: string;
  /** The settings that may be set instead. */
  readonly alternatives?: readonly SettingName[];
}

/**
 * The error for settings that a command needs and that are not set. Its hint names flag and
 * variable of each, and explains a single one with the help text of the settings table. A secret
 * that has settings for its value, a file and a command is missing as `client-secret-file`, for
 * example; the variable of its value comes first, since a job holds the secret in a variable.
 * @param names the missing settings, at least one
 * @returns DexchangeError setting_missing
 */
export function missingSetting(
  names: readonly SettingName[],
  { purpose, alternatives = [] }: MissingSettingOptions = {},
): DexchangeError {
  const missing = names.map((name) => secrets[name]?.title ?? `--${name}`).join(', ');
  const needed = purpose === undefined ? '' : ` (needed for ${purpose})`;
  return new DexchangeError('setting_missing', `not set: ${missing}${needed}`, {
    hint: hintFor(names, alternatives),
  });
}

/**
 * The value of a setting that a command needs.
 * @throws DexchangeError setting_missing
 */
export function requireSetting(settings: Settings, name: RequiredText): string {
  const value = settings.value(name);
  if (value === undefined) throw missingSetting([name]);
  return value;
}

/** The text settings that some command needs and that have no default. */
type RequiredText =
  | 'dex-url'
  | 'client-id'
  | 'connector-id'
  | 'namespace'
  | 'service-account'
  | 'provider'
  | 'idp-issuer-url'
  | 'idp-client-id'
  | 'idp-private-key-file'
  | 'server'
  | 'username';

function hintFor(names: readonly SettingName[], alternatives: readonly SettingName[]): string {
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) {
    return `set ${names.map(variableFor).join(', ')} in the job, or ${names.map((name) => `--${name}`).join(', ')} in args of the kubeconfig's exec entry`;
  }
  const row: Setting = table[only];
  const secret = secrets[only];
  if (secret === undefined) {
    const flags = [only, ...alternatives].map(flagWithPlaceholder).join(' or ');
    return `set ${flags}, or variable ${ownVariable(only)}: ${row.help}`;
  }
  const flags = [only, secret.command].map(flagWithPlaceholder).join(' or ');
  return `set ${variableFor(only)} ${secret.value}, or ${flags}`;
}

function flagWithPlaceholder(name: SettingName): string {
  const row: Setting = table[name];
  return `--${name} ${row.placeholder ?? ''}`.trim();
}

interface MissingSecret {
  readonly title: string;
  /** What its variable is set to. */
  readonly value: string;
  readonly command: SettingName;
}

/** The secrets that can be missing, by the setting of their file. */
const secrets: Partial<Readonly<Record<SettingName, MissingSecret>>> = {
  'client-secret-file': {
    title: 'the client secret',
    value: 'in the job to the secret of the DexClient',
    command: 'client-secret-command',
  },
  'idp-client-secret-file': {
    title: 'the client secret at the IdP',
    value: 'in the job to the secret of the client at the IdP',
    command: 'idp-client-secret-command',
  },
  'subject-token-file': {
    title: 'the identity token',
    value: 'in the job to the identity token',
    command: 'subject-token-command',
  },
  'password-file': { title: 'the password', value: 'to the password', command: 'password-command' },
};

function variableFor(name: SettingName): string {
  return ownVariable(secrets[name] === undefined ? name : name.replace(/-file$/, ''));
}

/** How the variables of install.sh and of the CI components start. */
const installPrefix = 'DEXCHANGE_INSTALL_';

/**
 * The names of variables that start with `DEXCHANGE_` but set nothing, most likely misspelt; at
 * most 5.
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set(settingRows.flatMap(([name, row]) => ownVariables(name, row)));
  return Object.keys(env)
    .filter((name) => name.startsWith('DEXCHANGE_') && !name.startsWith(installPrefix))
    .filter((name) => !known.has(name) && env[name] !== '')
    .slice(0, 5)
    .map((name) => sanitize(name, { maxChars: 60 }));
}

/**
 * The variables that a hint asks for and that are set, but empty, which is the same as not set.
 * @param hint the hint of a missing setting
 */
export function emptyVariables(
  hint: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return variablesIn(hint).filter((name) => env[name] === '');
}

/** Whether a hint asks for the variable of a secret. */
export function asksForSecret(hint: string): boolean {
  const wanted = variablesIn(hint);
  return settingRows.some(
    ([name, row]) => row.secret === true && wanted.includes(ownVariable(name)),
  );
}

function variablesIn(hint: string): readonly string[] {
  return [...new Set(hint.match(/\bDEXCHANGE_[A-Z_]+/g) ?? [])];
}
