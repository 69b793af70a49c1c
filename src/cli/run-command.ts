import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { ConnectPorts } from '../kubernetes/client/connect.ts';
import type { CacheFiles } from '../ports.ts';
import { runCache } from './cache.ts';
import type { CliRuntime, LazyCommandName, Outcome } from './command-line.ts';
import { commandNamed } from './commands.ts';
import { runCompletion } from './completion/completion.ts';
import { runDecode } from './decode.ts';
import { runDiscover } from './discover.ts';
import { runExplain } from './explain.ts';
import { helpText } from './help.ts';
import { runKubeconfig } from './kubeconfig.ts';
import { runManifests } from './manifests.ts';
import { runWhoAmI } from './whoami.ts';

/** What the commands that only people run need of the world. */
export interface CommandRuntime extends CliRuntime, ConnectPorts {
  readonly cacheFiles: CacheFiles;
  /** All that is piped in. @throws Error whose message reads well after `stdin` */
  readStdin(maxWaitMs: number): string;
  /** Whether stdout (1) or stderr (2) is a terminal. */
  isTerminal(stream: 1 | 2): boolean;
  /** A line typed at the terminal, not shown; undefined where there is none. */
  askSecret(prompt: string): Promise<string | undefined>;
  /**
   * Replaces a file's text as a whole, or not at all.
   * @throws DexchangeError output_failed, and what `change` throws
   */
  updateFile(path: string, change: (old: string | undefined) => string): void;
  /** Prints one line on stderr, for the person who runs the command. */
  tell(line: string): void;
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
  help({ positionals: [, word] }) {
    return helpText(word === undefined ? undefined : commandNamed(word).name);
  },
  kubeconfig: runKubeconfig,
  manifests: runManifests,
  whoami: runWhoAmI,
};

/**
 * Runs a command that a client does not run, and gives what belongs on stdout.
 * @throws DexchangeError
 */
export async function runLazyCommand(
  command: LazyCommandName,
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string | Outcome> {
  return await commands[command](parsed, runtime);
}
