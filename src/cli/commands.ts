import { nearest } from '../config/nearest.ts';
import { belongsTo } from '../config/setting.ts';
import { type SettingName, table } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';

/** A command, as far as `--help` and the parser need to know it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** How many words may follow the command's name; default none. */
  readonly maxArguments?: number;
}

/** The commands there are, in the order of `--help`. */
export const commands = [
  { name: 'get-token', summary: 'print a credential for the Kubernetes API (an ExecCredential)' },
  {
    name: 'cache',
    summary: 'look after the cache: list, prune, clear [KEY...], path',
    maxArguments: 100,
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
 * Refuses flags that a command does not have, and words beyond those it takes.
 * @throws DexchangeError usage_unknown_flag, usage_argument; neither repeats a value
 */
export function checkUsage(
  command: Command,
  flags: ReadonlyMap<SettingName, readonly { readonly flag: string }[]>,
  words: readonly string[],
): void {
  for (const [name, [given]] of flags) {
    if (belongsTo(table[name], command.name)) continue;
    throw new DexchangeError(
      'usage_unknown_flag',
      `${command.name} has no flag --${given?.flag ?? name}`,
      { hint: `dexchange help ${command.name} lists the flags it has` },
    );
  }
  // The second word of `--can-i get pods`.
  const most = (command.maxArguments ?? 0) + (flags.has('can-i') ? 1 : 0);
  if (words.length <= most) return;
  const takes = most === 0 ? 'no arguments' : `at most ${most} argument${most === 1 ? '' : 's'}`;
  throw new DexchangeError(
    'usage_argument',
    // Not repeated: a secret may have lost its flag.
    `${command.name} takes ${takes}, but ${words.length} ${words.length === 1 ? 'is' : 'are'} given`,
    { hint: 'a value belongs behind its flag; quote a value that has spaces' },
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
