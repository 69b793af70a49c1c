import { nearest } from '../config/nearest.ts';
import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { DexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import type { Outside } from '../usecases/outside.ts';
import { type CommandName, commands } from './commands.ts';
import { runGetToken } from './get-token.ts';

/** What the command line needs beyond the use cases. */
export interface CliOutside extends Outside {
  readonly version: string;
  /** Turns the debug lines on or off, once the settings are known. */
  setVerbose(verbose: boolean): void;
  helpText(command: CommandName | undefined): Promise<string>;
}

/**
 * Runs a command line and gives what belongs on stdout: one document, or nothing.
 * @param args without the program's name
 * @throws DexchangeError
 */
export async function runCommandLine(
  args: readonly string[],
  outside: CliOutside,
): Promise<string> {
  const parsed = parseArguments(args);
  const [word, ...rest] = parsed.positionals;
  if (parsed.version) return versionLine(outside);
  if (word === undefined) return withoutCommand(parsed, outside);
  const command = commandNamed(word);
  if (parsed.help) return outside.helpText(command);
  switch (command) {
    case 'get-token':
      refuseArguments(rest, command);
      return runGetToken(parsed, outside);
    case 'version':
      refuseArguments(rest, command);
      return versionLine(outside);
    case 'help':
      refuseArguments(rest.slice(1), command);
      return outside.helpText(rest[0] === undefined ? undefined : commandNamed(rest[0]));
  }
}

function versionLine({ version }: CliOutside): string {
  return `dexchange ${version}\n`;
}

function withoutCommand(parsed: ParsedArguments, outside: CliOutside): Promise<string> {
  // A client would read the help as a broken credential.
  const byHand = !outside.env['KUBERNETES_EXEC_INFO'];
  if (parsed.help || (byHand && parsed.flags.size === 0)) return outside.helpText(undefined);
  throw new DexchangeError('usage_argument', 'no command is given', {
    hint: byHand
      ? 'dexchange get-token prints a credential; dexchange --help lists the commands'
      : "write get-token as the first of args in the kubeconfig's exec entry",
  });
}

function commandNamed(word: string): CommandName {
  const known = commands.find(({ name }) => name === word);
  if (known !== undefined) return known.name;
  const meant = nearest(
    word,
    commands.map(({ name }) => name),
  );
  throw new DexchangeError(
    'usage_unknown_command',
    `unknown command ${sanitize(word, { maxChars: 40 })}`,
    {
      hint: meant === undefined ? 'dexchange --help lists the commands' : `did you mean ${meant}?`,
    },
  );
}

function refuseArguments(rest: readonly string[], command: CommandName): void {
  if (rest.length === 0) return;
  // Not repeated: a secret may have lost its flag.
  throw new DexchangeError(
    'usage_argument',
    `${command} takes no ${command === 'help' ? 'further ' : ''}arguments, but ${rest.length} ${rest.length === 1 ? 'is' : 'are'} given`,
    { hint: 'a value belongs behind its flag; quote a value that has spaces' },
  );
}
