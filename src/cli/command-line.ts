import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { ownVariable } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import type { CredentialRuntime } from '../usecases/obtain-credential.ts';
import type { PrepareCallPorts } from '../usecases/prepare-call.ts';
import { type CommandName, checkUsage, commandNamed } from './commands.ts';
import { runGetToken } from './get-token.ts';

/** What a command leaves behind when it is more than a document on stdout. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** What the command line needs of the world. */
export interface CliRuntime extends CredentialRuntime, PrepareCallPorts {
  readonly version: string;
  /** Runs a command other than get-token and version; loads what they need. */
  runLazyCommand(command: LazyCommandName, parsed: ParsedArguments): Promise<string | Outcome>;
}

/** The commands that only people run; they are loaded when they are used. */
export type LazyCommandName = Exclude<CommandName, 'get-token' | 'version'> | 'explain';

/**
 * Runs a command line and gives what belongs on stdout: one document, or nothing. An Outcome is
 * given where stderr or the exit code say more.
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

/** Decided before the settings are read, so that their errors are explained too. */
function wantsExplanation({ flags }: ParsedArguments, { env }: CliRuntime): boolean {
  return flags.has('explain') || Boolean(env[ownVariable('explain')]);
}

function versionLine({ version }: CliRuntime): string {
  return `dexchange ${version}\n`;
}

function withoutCommand(parsed: ParsedArguments, runtime: CliRuntime): Promise<string | Outcome> {
  // A client would take the help for a broken credential.
  const byHand = !runtime.env['KUBERNETES_EXEC_INFO'];
  if (parsed.help || (byHand && parsed.flags.size === 0))
    return runtime.runLazyCommand('help', parsed);
  throw new DexchangeError('usage_argument', 'no command is given', {
    hint: byHand
      ? 'dexchange get-token prints a credential; dexchange --help lists the commands'
      : "write get-token as the first of args in the kubeconfig's exec entry",
  });
}
