import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { ownVariable } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import type { Runtime } from '../usecases/outside.ts';
import { type CommandName, checkUsage, commandNamed } from './commands.ts';
import { runGetToken } from './get-token.ts';
import type { Outcome } from './outcome.ts';

/** What the command line needs beyond the use cases. */
export interface CliRuntime extends Runtime {
  readonly version: string;
  /** Turns the debug lines on or off, once the settings are known. */
  setVerbose(verbose: boolean): void;
  /** Runs a command other than get-token and version; loads what they need. */
  runLazyCommand(command: LazyCommandName, parsed: ParsedArguments): Promise<string | Outcome>;
}

/** The commands that are not on the way of a client, and need not start quickly. */
export type LazyCommandName = Exclude<CommandName, 'get-token' | 'version'> | 'explain';

/**
 * Runs a command line and gives what belongs on stdout: one document, or nothing; an Outcome where
 * there is more to say than that it went well.
 * @param args without the program's name
 * @throws DexchangeError
 */
export async function runCommandLine(
  args: readonly string[],
  runtime: CliRuntime,
): Promise<string | Outcome> {
  const parsed = parseArguments(args);
  const [word, ...words] = parsed.positionals;
  if (parsed.version) return versionLine(runtime);
  if (word === undefined) return withoutCommand(parsed, runtime);
  const command = commandNamed(word);
  if (parsed.help)
    return runtime.runLazyCommand('help', { ...parsed, positionals: ['help', command.name] });
  checkUsage(command, parsed.flags, words);
  switch (command.name) {
    case 'get-token':
      return wantsExplanation(parsed, runtime)
        ? runtime.runLazyCommand('explain', parsed)
        : runGetToken(parsed, runtime);
    case 'version':
      return versionLine(runtime);
    default:
      return runtime.runLazyCommand(command.name, parsed);
  }
}

/** Before the settings are read, since their errors are to be explained too. */
function wantsExplanation({ flags }: ParsedArguments, { env }: CliRuntime): boolean {
  return flags.has('explain') || Boolean(env[ownVariable('explain')]);
}

function versionLine({ version }: CliRuntime): string {
  return `dexchange ${version}\n`;
}

function withoutCommand(parsed: ParsedArguments, runtime: CliRuntime): Promise<string | Outcome> {
  // A client would read the help as a broken credential.
  const byHand = !runtime.env['KUBERNETES_EXEC_INFO'];
  if (parsed.help || (byHand && parsed.flags.size === 0))
    return runtime.runLazyCommand('help', parsed);
  throw new DexchangeError('usage_argument', 'no command is given', {
    hint: byHand
      ? 'dexchange get-token prints a credential; dexchange --help lists the commands'
      : "write get-token as the first of args in the kubeconfig's exec entry",
  });
}
