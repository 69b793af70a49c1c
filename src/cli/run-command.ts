import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { ConnectPorts } from '../kubernetes/client/connect.ts';
import type { CacheFiles } from '../ports.ts';
import { styleFor, type Terminal } from '../terminal/style.ts';
import { runCache } from './cache.ts';
import type { CliRuntime, LazyCommandName, Outcome } from './command-line.ts';
import { runCompletion } from './completion/completion.ts';
import { runDecode } from './decode.ts';
import { runDiscover } from './discover.ts';
import { runExplain } from './explain.ts';
import { helpOn } from './help-topic.ts';
import { runKubeconfig } from './kubeconfig.ts';
import { runManifests } from './manifests.ts';
import { runWhoAmI } from './whoami.ts';

/** What the interactive commands need from the runtime. */
export interface CommandRuntime extends CliRuntime, ConnectPorts {
  readonly cacheFiles: CacheFiles;
  /** Reads all of stdin within the timeout. @throws Error with a message that follows `stdin` */
  readStdin(timeoutMs: number): Promise<string>;
  /** What stdout (1) or stderr (2) is. */
  terminal(stream: 1 | 2): Terminal;
  /** Prompts on the terminal for a line without echo; undefined if there is no terminal. The
   * deadline does not count the time. */
  askSecret(prompt: string): Promise<string | undefined>;
  /**
   * Replaces the text of a kubeconfig; readers see the old text or the new one.
   * @param change returns the new text; gets undefined if the file does not exist
   * @param timeoutMs the deadline of the whole call, counted from the start of the process
   * @throws DexchangeError output_failed, and the errors of `change`
   */
  updateFile(
    path: string,
    change: (old: string | undefined) => string,
    timeoutMs: number,
  ): Promise<void>;
  /** Prints a line on stderr. */
  printNotice(line: string): void;
}

type Command = (
  parsed: ParsedArguments,
  runtime: CommandRuntime,
) => string | Outcome | Promise<string | Outcome>;

const commands: Readonly<Record<LazyCommandName, Command>> = {
  cache: runCache,
  completion: runCompletion,
  decode: runDecode,
  discover: runDiscover,
  explain: runExplain,
  help({ positionals: [, word] }, runtime) {
    return helpOn(word, styleFor(runtime.terminal(1), runtime.env).width);
  },
  kubeconfig: runKubeconfig,
  manifests: runManifests,
  whoami: runWhoAmI,
};

/** Whether it is the purpose of a command to print a secret. */
function printsSecrets(command: LazyCommandName, { flags }: ParsedArguments): boolean {
  const always: readonly LazyCommandName[] = ['explain', 'kubeconfig', 'manifests'];
  return always.includes(command) || (command === 'discover' && flags.has('show-secrets'));
}

/**
 * Runs an interactive command. Its output has no secrets of the run, unless it is to print one.
 * @returns stdout, or an Outcome with stderr and an exit code
 * @throws DexchangeError
 */
export async function runLazyCommand(
  command: LazyCommandName,
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string | Outcome> {
  const result = await commands[command](parsed, runtime);
  return typeof result === 'string' && !printsSecrets(command, parsed)
    ? runtime.redact(result)
    : result;
}
