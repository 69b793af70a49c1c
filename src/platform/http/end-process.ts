import { existsSync } from 'node:fs';
import { isLookingUp } from './connect.ts';

const shell = '/bin/sh';

/**
 * Ends the process with an exit code, immediately. Node waits at its exit for a thread that is
 * still resolving a name: 10 s and more if the name server is silent, and kubectl waits with it.
 */
export function endProcess(exitCode: number): never {
  if (isLookingUp()) replaceProcess(exitCode);
  process.exit(exitCode);
}

/**
 * Replaces the process by one that ends with the exit code: that ends its threads, whatever they
 * wait for. Returns where there is no shell, and on Windows; then Node's own exit has to do.
 */
export function replaceProcess(exitCode: number): void {
  if (process.platform === 'win32' || !existsSync(shell)) return;
  // Node warns that execve is experimental: that warning must not reach stderr.
  process.removeAllListeners('warning');
  process.execve?.(shell, [shell, '-c', `exit ${Math.trunc(exitCode)}`], {});
}
