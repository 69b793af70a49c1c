import type { CleanUpFiles } from '../cache/clean-up.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { OpenChannel } from '../usecases/http-channel.ts';
import { runCache } from './cache.ts';
import type { CliOutside, SlowCommandName } from './command-line.ts';
import { commandNamed } from './commands.ts';
import { runDecode } from './decode.ts';
import { runExplain } from './explain.ts';
import { helpText } from './help.ts';
import type { Outcome } from './outcome.ts';
import { runWhoAmI } from './whoami.ts';

/** What the slow commands need beyond what every call does. */
export interface SlowOutside extends CliOutside {
  readonly cacheFiles: CleanUpFiles;
  /** All that is piped in. @throws Error whose message is fit to stand behind `stdin` */
  readStdin(maxWaitMs: number): string;
  readonly openChannel: OpenChannel;
  /** @throws Error whose message is fit to stand behind the command's name */
  runCommand(words: readonly string[], env: CliOutside['env'], timeoutMs: number): Promise<string>;
  /** Whether stdout (1) or stderr (2) is a terminal. */
  isTerminal(stream: 1 | 2): boolean;
}

type SlowCommand = (
  parsed: ParsedArguments,
  outside: SlowOutside,
) => string | Outcome | Promise<string | Outcome>;

const slowCommands: Readonly<Record<SlowCommandName, SlowCommand>> = {
  cache: runCache,
  decode: runDecode,
  explain: runExplain,
  whoami: runWhoAmI,
  help({ positionals: [, word] }) {
    return helpText(word === undefined ? undefined : commandNamed(word).name);
  },
};

/**
 * Runs a command that a client does not run, and gives what belongs on stdout.
 * @throws DexchangeError
 */
export async function runSlowCommand(
  command: SlowCommandName,
  parsed: ParsedArguments,
  outside: SlowOutside,
): Promise<string | Outcome> {
  return await slowCommands[command](parsed, outside);
}
