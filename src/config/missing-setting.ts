import { DexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import type { Settings } from './resolve.ts';
import { ownVariable, ownVariables, type Setting } from './setting.ts';
import { type SettingName, settings as settingRows, table } from './table.ts';

/** What an error about missing settings says beyond their names. */
export interface MissingSettingOptions {
  /** What the settings are needed for: `client credentials`. */
  readonly purpose?: string;
  /**
   * The settings that may be set instead. A secret that has a setting for its value, a file and a
   * command is missing as `client-secret-file`, with `client-secret-command` as an alternative.
   */
  readonly alternatives?: readonly SettingName[];
}

/**
 * The error for settings that a command needs and that are not set. Its hint names flag and
 * variable of each, and explains a single one with the help text of the settings table. For the
 * file of a secret it names the variable of the secret's value, since a job holds the secret in a
 * variable.
 * @param names the missing settings, at least one
 * @returns DexchangeError setting_missing
 */
export function missingSetting(
  names: readonly SettingName[],
  { purpose, alternatives = [] }: MissingSettingOptions = {},
): DexchangeError {
  const flags = names.map((name) => `--${name}`).join(', ');
  const needed = purpose === undefined ? '' : ` (needed for ${purpose})`;
  return new DexchangeError('setting_missing', `not set: ${flags}${needed}`, {
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
  const flags = [
    `--${only} ${row.placeholder ?? ''}`.trim(),
    ...alternatives.map((name) => `--${name}`),
  ];
  const variable = variableFor(only);
  const itself = variable === ownVariable(only) ? '' : '; the variable contains the secret itself';
  return `set ${flags.join(' or ')}, or variable ${variable}: ${row.help}${itself}`;
}

function variableFor(name: SettingName): string {
  const secretName = name.replace(/-file$/, '');
  const isSecret = settingRows.some(([other, row]) => other === secretName && row.secret === true);
  return ownVariable(isSecret ? secretName : name);
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
