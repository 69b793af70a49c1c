import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { CacheFiles } from '../ports.ts';
import type { OpenChannel } from '../usecases/http-channel.ts';
import type { KubeconfigOutside } from '../usecases/kubeconfig.ts';
import type { ConnectCluster } from '../usecases/service-account-method.ts';
import { runCache } from './cache.ts';
import type { CliRuntime, LazyCommandName } from './command-line.ts';
import { commandNamed } from './commands.ts';
import { runCompletion } from './completion/completion.ts';
import { runDecode } from './decode.ts';
import { runDiscover } from './discover.ts';
import { runExplain } from './explain.ts';
import { helpText } from './help.ts';
import { runKubeconfig } from './kubeconfig.ts';
import { runManifests } from './manifests.ts';
import type { Outcome } from './outcome.ts';
import { runWhoAmI } from './whoami.ts';

/** What the slow commands need beyond what every call does. */
export interface CommandRuntime extends CliRuntime, KubeconfigOutside {
  readonly cacheFiles: CacheFiles;
  /** All that is piped in. @throws Error whose message is fit to stand behind `stdin` */
  readStdin(maxWaitMs: number): string;
  readonly openChannel: OpenChannel;
  /** @throws Error whose message is fit to stand behind the command's name */
  runCommand(words: readonly string[], env: CliRuntime['env'], timeoutMs: number): Promise<string>;
  /** Whether stdout (1) or stderr (2) is a terminal. */
  isTerminal(stream: 1 | 2): boolean;
  /** The Kubernetes API of a context. @throws DexchangeError kubeconfig_*, server_timeout */
  readonly connect: ConnectCluster;
  /**
   * Replaces a file's text as a whole, or not at all.
   * @throws DexchangeError output_failed, and what `change` throws
   */
  updateFile(path: string, change: (old: string | undefined) => string): void;
  /** One line on stderr, for the person who runs the command. */
  tell(line: string): void;
}

type SlowCommand = (
  parsed: ParsedArguments,
  runtime: CommandRuntime,
) => string | Outcome | Promise<string | Outcome>;

const slowCommands: Readonly<Record<LazyCommandName, SlowCommand>> = {
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
  return await slowCommands[command](parsed, runtime);
}
