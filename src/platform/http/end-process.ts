import { existsSync } from 'node:fs';
import { isLookingUp } from './connect.ts';

const shell = '/bin/sh';

/**
 * Ends the process with an exit code, immediately. Node waits at its exit for a thread that is
 * still resolving a name: 10 s and more if the name server is silent, and kubectl waits with it.
 * Replacing the process ends its threads. Where there is no shell, and on Windows, Node's own exit
 * has to do.
 */
export function endProcess(exitCode: number): never {
  if (isLookingUp() && process.platform !== 'win32' && existsSync(shell)) {
    // Node warns that execve is experimental: that warning must not reach stderr.
    process.removeAllListeners('warning');
    process.execve?.(shell, [shell, '-c', `exit ${Math.trunc(exitCode)}`], {});
  }
  process.exit(exitCode);
}
