import { existsSync } from 'node:fs';

const shell = '/bin/sh';

/**
 * Ends the process at once with an exit code, though a name may still be being looked up: Node
 * waits at its exit for the thread that does so, for 10 s and more if the name server is silent,
 * and kubectl with it. Replacing the process ends its threads. Only for that case: see
 * Http.isLookingUp. Where there is no shell, or on Windows, it is the slow exit after all.
 */
export function endDespiteLookup(exitCode: number): never {
  if (process.platform !== 'win32' && process.execve !== undefined && existsSync(shell)) {
    // Node's word that execve is experimental would come now, or never.
    process.removeAllListeners('warning');
    process.execve(shell, [shell, '-c', `exit ${Math.trunc(exitCode)}`], {});
  }
  process.exit(exitCode);
}
