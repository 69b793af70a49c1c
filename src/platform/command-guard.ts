import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Ends a command if its starter is killed. */
export interface CommandGuard {
  /** @param command the process id, negative for a process group */
  watch(command: number): void;
  /** Ends the guard, at the end of the command. */
  end(): void;
}

// Ignores the signals of a job. Reads the process id, and a line at the end of the command; the end of
// the input without a line means that the process that holds its other end was killed. If that was before
// it could tell the process id, the variables of the command, which name the folder, show which it is.
const script = `trap '' HUP INT QUIT TERM TSTP USR1 USR2 PIPE
read -r command && read -r _ && exit
[ -n "$command" ] || command=$(grep -lsF "$1/token" /proc/[0-9]*/environ | cut -d / -f 3)
[ -z "$command" ] || kill -KILL $command
rm -rf -- "$1"`;

/**
 * Lets a command, and the folder with its token, not outlive this process: SIGKILL, which cannot be
 * passed on, would leave both. A shell waits in a session of its own, and does nothing as long as this
 * process lives. Without /bin/sh, if it cannot be started, and on Windows, there is no guard.
 *
 * It is started before the command, because SIGKILL can come between the two.
 * @param folder what to remove after the command
 */
export function startGuard(folder: string): CommandGuard {
  if (process.platform === 'win32') return { watch() {}, end() {} };
  const guard = spawn('/bin/sh', ['-c', script, 'dexchange-guard', folder], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.unref();
  // Undefined if this process has too many files open.
  const stdin = guard.stdin as Writable | undefined;
  stdin?.on('error', () => {});
  return {
    watch: (command) => stdin?.write(`${command}\n`),
    // The second line is for a command that did not start.
    end: () => stdin?.end('\n\n'),
  };
}
