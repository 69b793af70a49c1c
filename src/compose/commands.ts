import { isatty } from 'node:tty';
import type { CliRuntime, LazyCommandName, Outcome } from '../cli/command-line.ts';
import { runLazyCommand as run } from '../cli/run-command.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import { askSecret } from '../platform/ask-secret.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { endProcess as end } from '../platform/http/end-process.ts';
import { writeWhole } from '../platform/terminal.ts';
import { readStdin } from '../platform/text-file.ts';
import { updateFile } from '../platform/update-file.ts';
import { connectPorts } from './kubernetes.ts';

/** Ends the process even while a name is being looked up. */
export const endProcess = end;

/**
 * Wires the commands that only people run, and what only they need. Loaded by main when such a
 * command is run.
 * @throws DexchangeError
 */
export function runLazyCommand(
  command: LazyCommandName,
  parsed: ParsedArguments,
  runtime: CliRuntime,
): Promise<string | Outcome> {
  return run(command, parsed, {
    ...runtime,
    ...connectPorts(runtime, runtime.version),
    cacheFiles: cacheFolderFiles,
    readStdin,
    isTerminal: (stream) => isatty(stream),
    askSecret,
    updateFile,
    tell: (line) => {
      writeWhole(2, `${line}\n`);
    },
  });
}
