import type { DoctorPorts } from '../explain/doctor/ports.ts';
import type { BuildFacts } from '../ports.ts';
import type { AgentPorts } from '../running/agent-ports.ts';
import type { RunPorts } from '../running/run-with-credential.ts';
import type { Terminal } from '../terminal/style.ts';
import type { CliRuntime } from './command-line.ts';

/** What the interactive commands need from the runtime. */
export interface CommandRuntime
  extends CliRuntime,
    DoctorPorts,
    Omit<RunPorts, keyof CliRuntime | 'printNotice'>,
    Omit<AgentPorts, keyof CliRuntime | 'printNotice'> {
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
   * @throws DexchangeError file_not_written, and the errors of `change`
   */
  updateFile(
    path: string,
    change: (old: string | undefined) => string,
    timeoutMs: number,
  ): Promise<void>;
  readonly build: BuildFacts;
  /** An absolute path without symbolic links, as far as it exists. */
  realPath(path: string): string;
  /** The address of the project (`homepage` of package.json); undefined if it has none. */
  readonly homepage: string | undefined;
  /** Prints a line on stderr. */
  printNotice(line: string): void;
}
