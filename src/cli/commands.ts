import { nearest } from '../config/nearest.ts';
import { belongsTo } from '../config/setting.ts';
import { type SettingName, table } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';

/** A command, as far as `--help`, completion and the parser need to know it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** How many words may follow the command's name; default none. */
  readonly maxArguments?: number;
  /** What the first of these words can be. */
  readonly argument?: Argument;
}

export interface Argument {
  /** What stands for the word in `--help`, such as METHOD. */
  readonly placeholder: string;
  readonly values: readonly string[];
  /** The word must be there and be one of these; some settings go with some of them only. */
  readonly isMethod?: true;
}

const method: Argument = {
  placeholder: 'METHOD',
  values: ['token-exchange', 'service-account', 'basic-auth'],
  isMethod: true,
};

/** The commands there are, in the order of `--help`. */
export const commands = [
  { name: 'get-token', summary: 'print a credential for the Kubernetes API (an ExecCredential)' },
  {
    name: 'kubeconfig',
    summary: 'write a kubeconfig, or merge into one',
    maxArguments: 1,
    argument: method,
  },
  {
    name: 'manifests',
    summary: 'print the resources that a method needs in the cluster',
    maxArguments: 1,
    argument: method,
  },
  { name: 'discover', summary: 'print what a cluster says of its API, its Dex and a client' },
  {
    name: 'cache',
    summary: 'look after the cache: list, prune, clear [KEY...], path',
    maxArguments: 100,
    argument: { placeholder: 'WHAT', values: ['list', 'prune', 'clear', 'path'] },
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    maxArguments: 1,
    argument: { placeholder: 'SHELL', values: ['bash', 'zsh', 'fish'], isMethod: true },
  },
  {
    name: 'decode',
    summary: 'say what a JWT holds: claims, times, Kubernetes user',
    maxArguments: 1,
  },
  { name: 'whoami', summary: 'ask the API server who a kubeconfig context is' },
  { name: 'version', summary: 'print the version' },
  { name: 'help', summary: 'print this, or the settings of a command', maxArguments: 1 },
] as const satisfies readonly Command[];

export type CommandName = (typeof commands)[number]['name'];

/**
 * Refuses words that a command does not take, and flags that it does not have, or not with the
 * method that its word names.
 * @throws DexchangeError usage_unknown_flag, usage_argument; neither repeats a value
 */
export function checkUsage(
  command: Command,
  flags: ReadonlyMap<SettingName, readonly { readonly flag: string }[]>,
  words: readonly string[],
): void {
  const { name, argument, maxArguments = 0 } = command;
  // The second word of `--can-i get pods`.
  const most = maxArguments + (flags.has('can-i') ? 1 : 0);
  if (words.length > most) {
    const takes = most === 0 ? 'no arguments' : `at most ${most} argument${most === 1 ? '' : 's'}`;
    throw new DexchangeError(
      'usage_argument',
      // Not repeated: a secret may have lost its flag.
      `${name} takes ${takes}, but ${words.length} ${words.length === 1 ? 'is' : 'are'} given`,
      { hint: 'a value belongs behind its flag; quote a value that has spaces' },
    );
  }
  const [word] = words;
  if (argument?.isMethod) checkMethod(name, argument, word);
  const path = argument?.isMethod ? `${name} ${word}` : name;
  for (const [setting, [given]] of flags) {
    if (belongsTo(table[setting], path)) continue;
    throw new DexchangeError(
      'usage_unknown_flag',
      `${path} has no flag --${given?.flag ?? setting}`,
      { hint: `dexchange help ${name} lists the flags it has` },
    );
  }
}

function checkMethod(
  command: string,
  { placeholder, values }: Argument,
  word: string | undefined,
): void {
  if (word !== undefined && values.includes(word)) return;
  const meant = word === undefined ? undefined : nearest(word, values);
  throw new DexchangeError(
    'usage_argument',
    word === undefined
      ? `${command} needs a ${placeholder}: ${values.join(', ')}`
      : `${command} takes ${values.join(', ')}, not what is given`,
    { hint: meant === undefined ? `dexchange help ${command}` : `did you mean ${meant}?` },
  );
}

/**
 * The command of a name.
 * @throws DexchangeError usage_unknown_command with the nearest name
 */
export function commandNamed(word: string): (typeof commands)[number] {
  const known = commands.find(({ name }) => name === word);
  if (known !== undefined) return known;
  const meant = nearest(
    word,
    commands.map(({ name }) => name),
  );
  throw new DexchangeError(
    'usage_unknown_command',
    // A secret may have lost its flag: only what looks like a command is repeated.
    /^[a-z][a-z-]{0,20}$/i.test(word) ? `unknown command ${word}` : 'unknown command',
    {
      hint: /[\s=]/.test(word)
        ? 'each word is an item of args of its own'
        : meant === undefined
          ? 'dexchange --help lists the commands'
          : `did you mean ${meant}?`,
    },
  );
}
