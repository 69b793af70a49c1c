/** How a setting's text becomes a value. */
export type SettingType =
  | 'text'
  /** An http or https URL; which of the two is allowed is the sender's rule, not the parser's. */
  | 'url'
  | 'path'
  /** The name of an environment variable. */
  | 'variable'
  /** Words of a command line that is run without a shell. */
  | 'command'
  | 'choice'
  | 'switch'
  /** Seconds (`5`) or Go-style (`5s`, `10m`, `1h30m`); the value is in milliseconds. */
  | 'duration'
  /** May be given several times; the environment and the cluster's extension hold one a line. */
  | 'list';

/** A variable that another tool made popular, and how its text becomes ours. */
export interface BorrowedName {
  readonly variable: string;
  readonly convert?: (text: string) => string;
}

/** One row of the settings table: parsing, help, completion and docs are made of it. */
export interface Setting {
  readonly type: SettingType;
  readonly topic: Topic;
  readonly help: string;
  /** What stands for the value in `--help`, such as URL. */
  readonly placeholder?: string;
  readonly short?: string;
  /** Flags of `d8 login token-exchange` that mean the same. */
  readonly flagAliases?: readonly string[];
  readonly borrowed?: readonly BorrowedName[];
  /** The value is kept in a Secret, never shown, and refused in the cluster's extension. */
  readonly secret?: true;
  /**
   * May come from `spec.cluster.config`. Only what describes the cluster's Dex may: a cluster
   * entry can come from somebody else than the user entry, and must not choose which secret is
   * read, what is run, whom the user's IdP secret is sent to, or whose certificates are trusted.
   */
  readonly fromCluster?: true;
  /** For `choice`: canonical value by accepted spelling. */
  readonly choices?: Readonly<Record<string, string>>;
  /** What completion offers for a text that is no choice here. */
  readonly suggestions?: readonly string[];
  /** What the flag means when it is given without a value, which may then follow only a `=`. */
  readonly bareValue?: string;
  readonly default?: string;
  /** For `url`: an issuer has none (OpenID Connect Discovery 1.0, 3), an endpoint may. */
  readonly mayHaveQuery?: true;
  /** For `duration`: less is refused. */
  readonly leastMs?: number;
  /** Shown as the default where it depends on other settings. */
  readonly defaultNote?: string;
  /** Members of one group exclude each other within one level of precedence. */
  readonly group?: string;
  /**
   * The commands that have it, as `manifests` (whatever its method) or `manifests basic-auth`;
   * default `get-token` alone. `*` is every command.
   */
  readonly commands?: readonly string[];
  /** How it differs in a command, by the command's name. */
  readonly variants?: Readonly<Record<string, Partial<Variant>>>;
  /** Only a flag: it concerns one invocation, so neither environment nor cluster may set it. */
  readonly flagOnly?: true;
}

/** What may differ from command to command. */
export type Variant = Pick<Setting, 'help' | 'defaultNote' | 'suggestions' | 'flagOnly'>;

/** The headings of `--help` and of the settings page, in their order. */
export const topics = [
  'Method',
  'Dex',
  'Identity token',
  'Client credentials',
  'Resources',
  'Kubeconfig to write',
  'Username and password',
  'Kubernetes API',
  'HTTP',
  'Cache',
  'Input',
  'Output',
] as const;

export type Topic = (typeof topics)[number];

/** The variable of its own that a setting has: `DEXCHANGE_DEX_URL` for `dex-url`. */
export function ownVariable(name: string): string {
  return `DEXCHANGE_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The two spellings a setting has in the cluster's extension: `dex-url` and `dexUrl`. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/**
 * Whether a command has a setting.
 * @param command its name, or its name and method: `manifests`, `manifests basic-auth`. The name
 *   alone has the settings of all its methods
 */
export function belongsTo(setting: Setting, command: string): boolean {
  const { commands } = setting;
  if (commands === undefined) return command === 'get-token';
  if (commands.includes(command) || commands.includes('*')) return true;
  // Only of commands with methods is there more to compare, and get-token has none.
  if (command === 'get-token') return false;
  return commands.some(
    (owner) => owner.startsWith(`${command} `) || command.startsWith(`${owner} `),
  );
}

/** A setting as it is in one command, given by its name, with or without a method. */
export function inCommand(setting: Setting, command: string): Setting {
  if (setting.variants === undefined) return setting;
  const [name = ''] = command.split(' ');
  return { ...setting, ...setting.variants[name] };
}

/** The ways in which a pipeline can be known to the Kubernetes API. */
export type AccessMethod = 'token-exchange' | 'service-account' | 'basic-auth';
