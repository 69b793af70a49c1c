import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { ownVariable } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { CredentialRuntime } from '../usecases/obtain-credential.ts';
import type { PrepareCallPorts } from '../usecases/prepare-call.ts';
import { type CommandName, checkUsage, commandNamed } from './commands.ts';
import { runGetToken } from './get-token.ts';

/** The result of a command that also prints to stderr or sets an exit code. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** What the command line needs from the runtime. */
export interface CliRuntime extends CredentialRuntime, PrepareCallPorts {
  readonly version: string;
  /** How people run the program: `dexchange` or `kubectl dexchange`. */
  readonly commandName: string;
  /** Removes all secrets of the run from a text; leaves those that are short or a single word. */
  redact(text: string): string;
  /** Makes the runner of GitHub Actions hide a secret in the log of the job, if stderr goes there. */
  maskInLog(secret: Secret): void;
  /** Lets this process go on after the time limit of its first call. */
  endTimeLimit(): void;
  /** Runs a command other than get-token, whose modules are loaded on first use. */
  runLazyCommand(command: LazyCommandName, parsed: ParsedArguments): Promise<string | Outcome>;
}

/** The only argument of an agent in the background, which reads its flags from stdin. */
export const backgroundArgument = '__agent';

/** The interactive commands, which are loaded on first use. */
export type LazyCommandName =
  | Exclude<CommandName, 'get-token'>
  | 'explain'
  | 'complete'
  | 'background-agent';

/**
 * Runs a command line.
 * @param args the arguments without the name of the program
 * @returns stdout (one document or nothing), or an Outcome with stderr and an exit code
 * @throws DexchangeError
 */
export async function runCommandLine(
  args: readonly string[],
  runtime: CliRuntime,
): Promise<string | Outcome> {
  if (args[0] === '__complete') return runtime.runLazyCommand('complete', asWords(args));
  if (args[0] === backgroundArgument)
    return runtime.runLazyCommand('background-agent', asWords(args));
  const parsed = parseArguments(args);
  const [name, ...operands] = parsed.positionals;
  if (parsed.version) return versionLine(runtime);
  if (name === undefined) return withoutCommand(parsed, runtime);
  const command = commandNamed(name);
  if (parsed.help)
    return runtime.runLazyCommand('help', { ...parsed, positionals: ['help', command.name] });
  checkUsage(command, parsed.flags, command.name === 'exec' ? [] : operands);
  switch (command.name) {
    case 'get-token':
      return isExplained(parsed, runtime)
        ? runtime.runLazyCommand('explain', parsed)
        : runGetToken(parsed, runtime);
    case 'version':
      return parsed.flags.size === 0
        ? versionLine(runtime)
        : runtime.runLazyCommand('version', parsed);
    default:
      return runtime.runLazyCommand(command.name, parsed);
  }
}

/** Words of a command line that is not yet complete, so that its flags cannot be parsed. */
function asWords(args: readonly string[]): ParsedArguments {
  return { positionals: args, afterDashes: [], flags: new Map(), help: false, version: false };
}

/** Checked before the settings are resolved, so that their errors are also explained. */
function isExplained({ flags }: ParsedArguments, { env }: CliRuntime): boolean {
  return flags.has('explain') || Boolean(env[ownVariable('explain')]);
}

/** The version, as `--version` and `version` print it for people. */
export function versionLine({ version }: Pick<CliRuntime, 'version'>): string {
  return `dexchange ${version}\n`;
}

function withoutCommand(parsed: ParsedArguments, runtime: CliRuntime): Promise<string | Outcome> {
  // A client would parse the help as an invalid credential.
  const byHand = !runtime.env['KUBERNETES_EXEC_INFO'];
  if (parsed.help || (byHand && parsed.flags.size === 0))
    return runtime.runLazyCommand('help', parsed);
  throw new DexchangeError('usage_argument', 'no command', {
    hint: byHand
      ? 'run `dexchange get-token` for a credential, or `dexchange --help` for the commands'
      : 'add get-token as the first of args in the exec entry of the kubeconfig',
  });
}

/** A line that makes `eval "$(…)"` fail: eval has the exit status of the last line. */
export function shellFailure(exitCode: number): string {
  return `(exit ${exitCode})\n`;
}

/**
 * The stdout of a call that fails. It is empty, unless a shell evaluates the output: `eval` of an empty text
 * would succeed.
 * @param args the unparsed arguments, because they can be the error
 */
export function stdoutOfFailure(args: readonly string[], exitCode: number): string {
  const isShell = /(?:^| )(?:-o|--output)[ =]?shell(?: |$)/.test(args.join(' '));
  const evaluated = args.includes('discover') ? isShell : isAgentStart(args);
  return evaluated ? shellFailure(exitCode) : '';
}

/** Whether a call is `agent start` and prints shell lines, which is the default. */
function isAgentStart(args: readonly string[]): boolean {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const isStart = words[0] === 'agent' && words[1] === 'start';
  return (
    isStart && !/(?:^| )(?:-o|--output)[ =]?(?:env|json|powershell)(?: |$)/.test(args.join(' '))
  );
}
