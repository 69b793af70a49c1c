import { existsSync } from 'node:fs';
import { isLookingUp } from './connect.ts';

const shell = '/bin/sh';

/**
 * Ends the process immediately with an exit code. Before its exit, Node waits for a running name
 * lookup, which can take 10 s or more if the name server does not respond.
 */
export function endProcess(exitCode: number): never {
  if (isLookingUp()) replaceProcess(exitCode);
  process.exit(exitCode);
}

/**
 * Replaces the process with a shell that exits with the exit code, which also ends blocked threads.
 * Does nothing on Windows and if there is no shell.
 */
export function replaceProcess(exitCode: number): void {
  if (process.platform === 'win32' || !existsSync(shell)) return;
  // Suppress the warning of Node that execve is experimental.
  process.removeAllListeners('warning');
  process.execve?.(shell, [shell, '-c', `exit ${Math.trunc(exitCode)}`], {});
}
