import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { ownVariable } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import type { Outside } from '../usecases/outside.ts';
import { type CommandName, checkUsage, commandNamed } from './commands.ts';
import { runGetToken } from './get-token.ts';
import type { Outcome } from './outcome.ts';

/** What the command line needs beyond the use cases. */
export interface CliOutside extends Outside {
  readonly version: string;
  /** Turns the debug lines on or off, once the settings are known. */
  setVerbose(verbose: boolean): void;
  /** Runs a command other than get-token and version; loads what they need. */
  runSlowCommand(command: SlowCommandName, parsed: ParsedArguments): Promise<string | Outcome>;
}

/** The commands that are not on the way of a client, and need not start quickly. */
export type SlowCommandName = Exclude<CommandName, 'get-token' | 'version'> | 'explain';

/**
 * Runs a command line and gives what belongs on stdout: one document, or nothing; an Outcome where
 * there is more to say than that it went well.
 * @param args without the program's name
 * @throws DexchangeError
 */
export async function runCommandLine(
  args: readonly string[],
  outside: CliOutside,
): Promise<string | Outcome> {
  const parsed = parseArguments(args);
  const [word, ...words] = parsed.positionals;
  if (parsed.version) return versionLine(outside);
  if (word === undefined) return withoutCommand(parsed, outside);
  const command = commandNamed(word);
  if (parsed.help)
    return outside.runSlowCommand('help', { ...parsed, positionals: ['help', command.name] });
  checkUsage(command, parsed.flags, words);
  switch (command.name) {
    case 'get-token':
      return wantsExplanation(parsed, outside)
        ? outside.runSlowCommand('explain', parsed)
        : runGetToken(parsed, outside);
    case 'version':
      return versionLine(outside);
    default:
      return outside.runSlowCommand(command.name, parsed);
  }
}

/** Before the settings are read, since their errors are to be explained too. */
function wantsExplanation({ flags }: ParsedArguments, { env }: CliOutside): boolean {
  return flags.has('explain') || Boolean(env[ownVariable('explain')]);
}

function versionLine({ version }: CliOutside): string {
  return `dexchange ${version}\n`;
}

function withoutCommand(parsed: ParsedArguments, outside: CliOutside): Promise<string | Outcome> {
  // A client would read the help as a broken credential.
  const byHand = !outside.env['KUBERNETES_EXEC_INFO'];
  if (parsed.help || (byHand && parsed.flags.size === 0))
    return outside.runSlowCommand('help', parsed);
  throw new DexchangeError('usage_argument', 'no command is given', {
    hint: byHand
      ? 'dexchange get-token prints a credential; dexchange --help lists the commands'
      : "write get-token as the first of args in the kubeconfig's exec entry",
  });
}
