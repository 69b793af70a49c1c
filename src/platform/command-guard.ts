import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Ends a command if the process that started it is killed. */
export interface CommandGuard {
  /** @param command a process id, or a negative process group id */
  watch(command: number): void;
  /** Ends the guard when the command has ended. */
  end(): void;
}

// Ignores the signals of a job. Reads the command's process id, and a second line when the command has
// ended. If the input ends without that line, dexchange was killed. If it was killed before it wrote the
// process id, the script finds the command by its environment variables, which contain the folder.
const script = `trap '' HUP INT QUIT TERM TSTP USR1 USR2 PIPE
read -r command && read -r _ && exit
[ -n "$command" ] || command=$(grep -lsF "$1/token" /proc/[0-9]*/environ | cut -d / -f 3)
[ -z "$command" ] || kill -KILL $command
rm -rf -- "$1"`;

/**
 * Ends the command and removes the folder with its token if SIGKILL, which cannot be passed on, ends this
 * process. The guard is a shell in its own session, which waits while this process runs. There is no guard
 * on Windows, or if /bin/sh cannot be started.
 *
 * Start the guard before the command, because SIGKILL can arrive between the two.
 * @param folder the folder to remove
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
  // Undefined if this process has too many open files.
  const stdin = guard.stdin as Writable | undefined;
  stdin?.on('error', () => {});
  return {
    watch: (command) => stdin?.write(`${command}\n`),
    // Two lines, because the first is missing if the command did not start.
    end: () => stdin?.end('\n\n'),
  };
}
