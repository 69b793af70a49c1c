import type { CliOutside, SlowCommandName } from './command-line.ts';
import { commandNamed } from './commands.ts';
import { helpText } from './help.ts';

type SlowCommand = (words: readonly string[], outside: CliOutside) => string | Promise<string>;

const slowCommands: Readonly<Record<SlowCommandName, SlowCommand>> = {
  help: ([word]) => helpText(word === undefined ? undefined : commandNamed(word).name),
};

/**
 * Runs a command that a client does not run, and gives what belongs on stdout.
 * @throws DexchangeError
 */
export async function runSlowCommand(
  command: SlowCommandName,
  words: readonly string[],
  outside: CliOutside,
): Promise<string> {
  return await slowCommands[command](words, outside);
}
