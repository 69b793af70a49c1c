import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from './shipped.ts';

/** A call that has ended; times in milliseconds since the epoch. */
export interface EndedCall {
  readonly startedMs: number;
  /** When this process noticed the end of the call. */
  readonly endedMs: number;
  /** When it wrote to stdout, by the time of the file; `startedMs` if it did not write. */
  readonly printedMs: number;
  readonly code: number | null;
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCall {
  readonly kill: () => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<EndedCall>;
}

let calls = 0;

/**
 * Starts the binary and redirects its output to files in a folder: the modification time of a file
 * tells when the output was printed, but a pipe only tells when it was read.
 */
export function startCall(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): RunningCall {
  calls += 1;
  const stdoutFile = join(folder, `call-${calls}.stdout`);
  const stderrFile = join(folder, `call-${calls}.stderr`);
  const files = [stdoutFile, stderrFile].map((path) => openSync(path, 'w'));
  const startedMs = Date.now();
  const child = spawn(binary, args, { env: { ...env }, stdio: ['ignore', ...files] });
  const ended = new Promise<EndedCall>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const endedMs = Date.now();
      for (const file of files) closeSync(file);
      const { mtimeMs: printedMs } = statSync(stdoutFile);
      const stdout = readFileSync(stdoutFile, 'utf8');
      const stderr = readFileSync(stderrFile, 'utf8');
      for (const path of [stdoutFile, stderrFile]) rmSync(path);
      const killed = signal !== null;
      resolve({ startedMs, endedMs, printedMs, code, killed, stdout, stderr });
    });
  });
  return {
    kill: () => void child.kill('SIGKILL'),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}
