import { type StdioOptions, spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunToEndOptions {
  /** The whole environment; default: none. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** What it can read; default: /dev/null. */
  readonly stdin?: string;
  /** Where its streams go instead; what goes elsewhere is empty in the result. */
  readonly stdio?: StdioOptions | undefined;
}

/** Runs a program and waits for its end, whatever its exit code; rejects if it cannot be started. */
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
