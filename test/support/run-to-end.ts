import { type StdioOptions, spawn } from 'node:child_process';

/** The result of a program. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunToEndOptions {
  /** The complete environment; default: empty. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** The text on stdin; default: /dev/null. */
  readonly stdin?: string;
  /** Replaces the streams; a stream that is not a pipe is empty in the result. */
  readonly stdio?: StdioOptions | undefined;
}

/** Runs a program until it ends, with any exit code; rejects if it cannot be started. */
export function runToEnd(
  command: string,
  args: readonly string[],
  { env, cwd, stdin, stdio }: RunToEndOptions = {},
): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      env: { ...env },
      cwd,
      stdio: stdio ?? [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (stdin !== undefined) {
      child.stdin?.on('error', () => {});
      child.stdin?.end(stdin);
    }
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}
