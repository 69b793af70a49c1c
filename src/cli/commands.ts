import { nearest } from '../config/nearest.ts';
import type { Settings } from '../config/resolve.ts';
import { belongsTo } from '../config/setting.ts';
import { type SettingName, table } from '../config/table.ts';
import { DexchangeError, exitCodes } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';

/** A command, as `--help`, completion and the parser need it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The maximum number of words after the command's name; default 0. */
  readonly maxArguments?: number;
  /** The values of the first of these words. */
  readonly argument?: Argument;
}

/** The first word after a command's name. */
export interface Argument {
  /** The name of the word in `--help`, such as METHOD. */
  readonly placeholder: string;
  readonly values: readonly string[];
  /**
   * The word is required and must be one of these; it can decide which settings the command has.
   */
  readonly isMethod?: true;
}

const method: Argument = {
  placeholder: 'METHOD',
  values: ['token-exchange', 'service-account', 'basic-auth'],
  isMethod: true,
};

const kubeconfigMethod: Argument = { ...method, values: [...method.values, 'identity'] };

/** All commands, in the order of `--help`. */
export const commands = [
  { name: 'get-token', summary: 'print a credential for the Kubernetes API (an ExecCredential)' },
  {
    name: 'exec',
    summary: 'run a command with a kubeconfig whose token stays fresh',
  },
  {
    name: 'agent',
    summary: 'keep a token file and a kubeconfig fresh: run, start, stop, status',
    maxArguments: 1,
    argument: { placeholder: 'ACTION', values: ['run', 'start', 'stop', 'status'], isMethod: true },
  },
  {
    name: 'kubeconfig',
    summary: 'write a kubeconfig, or add to an existing one',
    maxArguments: 1,
    argument: kubeconfigMethod,
  },
  {
    name: 'manifests',
    summary: 'print the resources that a method needs in the cluster',
    maxArguments: 1,
    argument: method,
  },
  {
    name: 'doctor',
    summary: 'check everything from tools to permissions, and say what to fix',
  },
  { name: 'discover', summary: 'print the API, Dex and client settings of a cluster' },
  {
    name: 'cache',
    summary: 'manage the cache: list, prune, clear [KEY...], path',
    maxArguments: 100,
    argument: { placeholder: 'ACTION', values: ['list', 'prune', 'clear', 'path'] },
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    maxArguments: 1,
    argument: { placeholder: 'SHELL', values: ['bash', 'zsh', 'fish'], isMethod: true },
  },
  {
    name: 'decode',
    summary: 'show the claims, times and Kubernetes user of a JWT',
    maxArguments: 1,
  },
  {
    name: 'whoami',
    summary: 'show which user a kubeconfig context authenticates as',
  },
  { name: 'version', summary: 'print the version' },
  {
    name: 'help',
    summary: 'print help on a command, a topic, an error code or a rule of --explain',
    maxArguments: 1,
  },
] as const satisfies readonly Command[];

export type CommandName = (typeof commands)[number]['name'];

/**
 * Checks that a command has the given flags and number of words, and a flag's method if it has one.
 * @throws DexchangeError usage_unknown_flag, usage_argument; the errors never contain a value
 */
export function checkUsage(
  command: Command,
  flags: ReadonlyMap<SettingName, readonly { readonly flag: string }[]>,
  words: readonly string[],
): void {
  const { name, argument, maxArguments = 0 } = command;
  // Allows for the second word of `--can-i get pods`.
  const most = maxArguments + (flags.has('can-i') ? 1 : 0);
  if (words.length > most) {
    const takes = most === 0 ? 'no arguments' : `at most ${most} argument${most === 1 ? '' : 's'}`;
    throw new DexchangeError(
      'usage_argument',
      // The message does not repeat the words, because one may be a secret whose flag is missing.
      `${name} takes ${takes}, but got ${words.length}`,
      { hint: 'write each value after its flag, and quote values with spaces' },
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
      { hint: `run \`dexchange help ${name} --all\` for its flags` },
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
      ? `${command} needs ${/^[AEIOU]/.test(placeholder) ? 'an' : 'a'} ${placeholder}: ${values.join(', ')}`
      : `invalid ${placeholder} for ${command}: not one of ${values.join(', ')}`,
    { hint: meant === undefined ? `run \`dexchange help ${command}\`` : `did you mean ${meant}?` },
  );
}

/**
 * Puts the name by which people run the program into the command lines of a text.
 * @param program `dexchange` or `kubectl dexchange`
 */
export function withCommandName(text: string, program: string): string {
  if (program === 'dexchange') return text;
  const names = commands.map(({ name }) => name).join('|');
  const call = new RegExp(
    String.raw`(?<![\w./-]|kubectl )dexchange (?=(?:${names}|COMMAND|--help|--version)\b)`,
    'g',
  );
  return text.replace(call, `${program} `);
}

/**
 * The command with the given name.
 * @throws DexchangeError usage_unknown_command, with the most similar name
 */
export function commandNamed(word: string): (typeof commands)[number] {
  const known = commands.find(({ name }) => name === word);
  if (known !== undefined) return known;
  const meant = nearest(
    word,
    commands.map(({ name }) => name),
  );
  if (Object.hasOwn(exitCodes, word)) {
    throw new DexchangeError('usage_unknown_command', `${word} is an error code, not a command`, {
      hint: `run \`dexchange help ${word}\``,
    });
  }
  throw new DexchangeError(
    'usage_unknown_command',
    // Repeats the word only if it looks like a command, because it may be a secret without its
    // flag.
    /^[a-z][a-z-]{0,20}$/i.test(word) ? `unknown command ${word}` : 'unknown command',
    {
      hint: /[\s=]/.test(word)
        ? 'write each word as a separate item of args'
        : meant === undefined
          ? 'run `dexchange --help` for the commands'
          : `did you mean ${meant}?`,
    },
  );
}

/**
 * The output format that `-o` selects; the first of the command's formats is the default.
 * @throws DexchangeError setting_invalid that names the command's formats
 */
export function outputForm<F extends string>(settings: Settings, forms: readonly [F, ...F[]]): F {
  const wanted = settings.value('output');
  if (wanted === undefined) return forms[0];
  const form = forms.find((candidate) => candidate === wanted);
  if (form !== undefined) return form;
  throw new DexchangeError(
    'setting_invalid',
    `--output is ${quoteInput(wanted, 60)}, not one of ${forms.join(', ')}`,
    { hint: 'set -o to one of them' },
  );
}
