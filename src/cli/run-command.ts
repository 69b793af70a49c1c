import type { ParsedArguments } from '../config/parse-arguments.ts';
import { styleFor } from '../terminal/style.ts';
import { runAgentCommand } from './agent/agent.ts';
import { runBackgroundAgent } from './agent/background.ts';
import { runCache } from './cache.ts';
import type { LazyCommandName, Outcome } from './command-line.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandNamed, withCommandName } from './commands.ts';
import { runComplete } from './completion/complete.ts';
import { runCompletion } from './completion/completion.ts';
import { runDecode } from './decode.ts';
import { runDiscover } from './discover.ts';
import { runDoctorCommand } from './doctor.ts';
import { runExec } from './exec.ts';
import { runExplain } from './explain.ts';
import { helpText } from './help.ts';
import { helpOn } from './help-on.ts';
import { runKubeconfig } from './kubeconfig.ts';
import { runManifests } from './manifests.ts';
import { runVersion } from './version.ts';
import { runWhoAmI } from './whoami.ts';

type Command = (
  parsed: ParsedArguments,
  runtime: CommandRuntime,
) => string | Outcome | Promise<string | Outcome>;

const commands: Readonly<Record<LazyCommandName, Command>> = {
  agent: runAgentCommand,
  'background-agent': runBackgroundAgent,
  cache: runCache,
  complete: runComplete,
  completion: runCompletion,
  decode: runDecode,
  discover: runDiscover,
  doctor: runDoctorCommand,
  exec: runExec,
  explain: runExplain,
  help({ positionals: [, word], flags, help }, runtime) {
    const { width } = styleFor(runtime.terminal(1), runtime.env);
    const all = flags.get('all')?.at(-1)?.text === 'true';
    // `COMMAND --help` asks for the command, which can also be the name of a topic.
    if (help && word !== undefined) return helpText(commandNamed(word).name, { width, all });
    return helpOn(word, { width, all });
  },
  kubeconfig: runKubeconfig,
  manifests: runManifests,
  version: runVersion,
  whoami: runWhoAmI,
};

/** Whether it is the purpose of a command to print a secret. */
function printsSecrets(command: LazyCommandName, { flags }: ParsedArguments): boolean {
  const always: readonly LazyCommandName[] = ['explain', 'kubeconfig', 'manifests'];
  return always.includes(command) || (command === 'discover' && flags.has('show-secrets'));
}

/** Whether what a command prints is a text for people, rather than data. */
function isForPeople(command: LazyCommandName, { flags }: ParsedArguments): boolean {
  const data: readonly LazyCommandName[] = [
    'complete',
    'completion',
    'decode',
    'kubeconfig',
    'manifests',
  ];
  return !data.includes(command) && !flags.has('output');
}

/**
 * Runs an interactive command. Its output has no secrets of the run, unless it is to print one.
 * @returns what it prints, and the exit code
 * @throws DexchangeError
 */
export async function runLazyCommand(
  command: LazyCommandName,
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<Outcome> {
  const { commandName } = runtime;
  const result = await commands[command](parsed, {
    ...runtime,
    printNotice: (line) => runtime.printNotice(withCommandName(line, commandName)),
  });
  const outcome = typeof result === 'string' ? { stdout: result, stderr: '', exitCode: 0 } : result;
  const stdout = isForPeople(command, parsed)
    ? withCommandName(outcome.stdout, commandName)
    : outcome.stdout;
  return {
    ...outcome,
    stdout: !printsSecrets(command, parsed) ? runtime.redact(stdout) : stdout,
    stderr: withCommandName(outcome.stderr, commandName),
  };
}
