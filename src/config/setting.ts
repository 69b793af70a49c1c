/** How a setting's text becomes a value. */
export type SettingType =
  | 'text'
  /** An http or https URL; the HTTP client decides whether http is allowed. */
  | 'url'
  | 'path'
  /** The name of an environment variable. */
  | 'variable'
  /** A command line, split into words and run without a shell. */
  | 'command'
  | 'choice'
  | 'switch'
  /** Seconds (`5`) or a Go duration (`5s`, `10m`, `1h30m`); the value is in milliseconds. */
  | 'duration'
  /** Can be repeated; a variable has one item per line. */
  | 'list';

/** A variable that other tools use too, and how to convert its text to the setting's. */
export interface BorrowedName {
  readonly variable: string;
  readonly convert?: (text: string) => string;
}

/** One row of the settings table; parsing, help, completion and docs are generated from it. */
export interface Setting {
  readonly type: SettingType;
  readonly topic: Topic;
  readonly help: string;
  /** The name of the value in `--help`, such as URL. */
  readonly placeholder?: string;
  readonly short?: string;
  /** The letter also takes a level of detail, as kubectl's `-v` does: 0 is off, more is on. */
  readonly hasLevels?: true;
  /** The commands with so many flags that their short help lists only some, and this is one of them. */
  readonly common?: readonly string[];
  /** The help of the short list; default: the first clause of `help`. */
  readonly brief?: string;
  /** Other names of the flag: those in `d8 login token-exchange`, and those that kubectl uses. */
  readonly flagAliases?: readonly string[];
  /**
   * Names that the setting had before. Their flags and variables keep working, but only the tables of
   * docs list them.
   */
  readonly formerNames?: readonly string[];
  readonly borrowed?: readonly BorrowedName[];
  /** The value is a Secret: never shown, and rejected in the cluster's extension. */
  readonly secret?: true;
  /**
   * The setting may come from `spec.cluster.config`. Only settings that describe the cluster's Dex
   * may: the cluster entry and the user entry can have different authors, and the author of the
   * cluster entry must not decide which secret is read, which command runs, which server gets the
   * user's IdP secret, which certificates are trusted, or for whom the credential is made: a hostile
   * cluster entry would have one for another cluster sent to itself.
   */
  readonly fromCluster?: true;
  /** For `choice`: the canonical value of each accepted spelling. */
  readonly choices?: Readonly<Record<string, string>>;
  /** The values that completion offers for a setting that is not a `choice`. */
  readonly suggestions?: readonly string[];
  /** The value of the flag if it has none; such a flag takes a value only after `=`. */
  readonly bareValue?: string;
  readonly default?: string;
  /**
   * For `url`: an endpoint may have a query, an issuer must not (OpenID Connect Discovery 1.0, 3).
   */
  readonly mayHaveQuery?: true;
  /** For `duration`: the minimum, in milliseconds. */
  readonly minimumMs?: number;
  /** Describes the default if it depends on other settings. */
  readonly defaultNote?: string;
  /** Settings of one group exclude each other within one level of precedence. */
  readonly group?: string;
  /**
   * The commands that have the setting: `manifests` (all methods) or `manifests basic-auth` (one);
   * default only `get-token`; `*` means every command.
   */
  readonly commands?: readonly string[];
  /** The differences in other commands, by the command's name. */
  readonly variants?: Readonly<Record<string, Partial<Variant>>>;
  /** The value is a token of a CI system or IdP, which has another place there than a secret. */
  readonly isIdentityToken?: true;
  /** The setting is about what get-token prints, so `doctor`, `exec` and `agent` do not have it with the others. */
  readonly isForm?: true;
  /** The setting is about what is printed, so `exec` and `agent` do not have it with the others of get-token. */
  readonly isReport?: true;
  /**
   * The setting is a flag only: it is about one call, so no variable and no cluster entry sets it.
   */
  readonly flagOnly?: true;
}

/** The fields of a setting that can differ between commands. */
export type Variant = Pick<
  Setting,
  'help' | 'brief' | 'default' | 'defaultNote' | 'suggestions' | 'flagOnly'
>;

/** The headings in `--help` and in docs/settings.md, in this order. */
export const topics = [
  'Method',
  'Dex',
  'Identity token',
  'Client credentials',
  'Resources',
  'Kubeconfig to write',
  'User name and password',
  'Kubernetes API',
  'HTTP',
  'Cache',
  'Agent',
  'Input',
  'Output',
] as const;

export type Topic = (typeof topics)[number];

/** The name of a setting's own variable: `DEXCHANGE_DEX_URL` for `dex-url`. */
export function ownVariable(name: string): string {
  return `DEXCHANGE_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The setting's own variables: the one of its name, then those of its former names. */
export function ownVariables(
  name: string,
  { formerNames = [] }: Pick<Setting, 'formerNames'>,
): readonly [current: string, ...former: string[]] {
  return [ownVariable(name), ...formerNames.map(ownVariable)];
}

/**
 * Finds the own variables of settings that are set and not empty. The environment is searched once: to
 * look up the variables of each of a hundred settings would cost a cache hit more.
 */
export function ownVariablesIn(
  env: Readonly<Record<string, string | undefined>>,
): (name: string, setting: Pick<Setting, 'formerNames'>) => readonly string[] {
  const prefix = ownVariable('');
  const names = new Set<string>();
  for (const variable of Object.keys(env)) {
    // On Windows, variables have no case.
    if (variable.slice(0, prefix.length).toUpperCase() !== prefix) continue;
    names.add(variable.slice(prefix.length).toLowerCase().replaceAll('_', '-'));
  }
  return (name, setting) => {
    const isThere = names.has(name) || setting.formerNames?.some((former) => names.has(former));
    return isThere ? ownVariables(name, setting).filter((variable) => env[variable]) : [];
  };
}

/** The camel-case spelling of a setting in the cluster's extension: `dexUrl` for `dex-url`. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The commands that keep the credential of get-token fresh. */
const keepsFresh = /^(?:exec|agent(?: run| start)?)$/;

/**
 * Whether a command has a setting.
 * @param command the name of the command, with or without a method: `manifests`, `manifests
 *   basic-auth`; the name alone has the settings of all its methods
 */
export function belongsTo(setting: Setting, command: string): boolean {
  const { commands } = setting;
  // First, for cache hits: what follows compares commands and methods that get-token is not.
  if (command === 'get-token') {
    return commands === undefined || commands.includes(command) || commands.includes('*');
  }
  if (command === 'doctor' && isOfCall(setting)) return true;
  if (keepsFresh.test(command) && isOfCall(setting) && setting.isReport !== true) return true;
  if (commands === undefined) return false;
  if (commands.includes(command) || commands.includes('*')) return true;
  return commands.some(
    (owner) => owner.startsWith(`${command} `) || command.startsWith(`${owner} `),
  );
}

/** Whether a setting decides what call get-token makes, which `doctor`, `exec` and `agent` make, too. */
function isOfCall({ commands, isForm }: Setting): boolean {
  return isForm !== true && (commands === undefined || commands.includes('get-token'));
}

/** A setting with the differences of a command applied; the command may include a method. */
export function inCommand(setting: Setting, command: string): Setting {
  if (setting.variants === undefined) return setting;
  const [name = ''] = command.split(' ');
  const { borrowed, ...own } = { ...setting, ...setting.variants[name] };
  return own.flagOnly || borrowed === undefined ? own : { ...own, borrowed };
}

/** The ways in which a pipeline can authenticate at the Kubernetes API. */
export type AccessMethod = 'token-exchange' | 'service-account' | 'basic-auth';

/** The methods of a kubeconfig: `identity` needs no resources in the cluster but access rules. */
export type KubeconfigMethod = AccessMethod | 'identity';

/** The levels of precedence, highest first. */
export const levels = ['flag', 'variable', 'cluster', 'borrowed', 'default'] as const;
export type Level = (typeof levels)[number];

/** One place where a setting was found. */
export interface Origin {
  readonly level: Level;
  /**
   * The name for messages: `--dex-url`, `DEXCHANGE_DEX_URL`, `dexUrl in the cluster's extension`.
   */
  readonly name: string;
}

/** What an error may say about a value of a setting: see `rejectPlaceholder`. */
export function sensitivityOf(
  setting: Pick<Setting, 'secret' | 'isIdentityToken'>,
): boolean | 'identity-token' {
  return setting.isIdentityToken ? 'identity-token' : setting.secret === true;
}
