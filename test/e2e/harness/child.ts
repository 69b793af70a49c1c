import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The file to which stdout and stderr are appended. */
  readonly logFile: string;
}

export interface Child {
  readonly name: string;
  readonly logFile: string;
  /** The process group of the child and its descendants. */
  readonly group: number;
  /** A description of how it ended; undefined while it runs. */
  readonly ended: () => string | undefined;
  /** Resolves with its exit code when it has ended, also by `stop`; 128 + n after signal n. */
  readonly finished: Promise<number>;
  readonly log: () => Promise<string>;
  /** Sends SIGTERM to the group, SIGKILL after `graceMs` (default 5000); resolves at its end. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

// A wrapper leads the process group, and a watcher reads from a pipe to this process. When this
// process ends, even by SIGKILL, the pipe closes and the watcher kills the group. The watcher
// ignores SIGTERM, because a server that ignores it must not outlive the watcher. The wrapper traps
// SIGTERM instead of ignoring it, because the child would inherit an ignored signal.
const wrapper = `
exec 3<&0
( trap '' TERM INT HUP; read -r _ <&3; kill -KILL 0 ) &
watcher=$!
trap : TERM INT HUP
"$@" 3<&- </dev/null &
child=$!
while :; do
  wait "$child"; code=$?
  kill -0 "$child" 2>/dev/null || break
done
kill -KILL "$watcher" 2>/dev/null
exit "$code"
`;

const groups = new Set<number>();
let exitHookInstalled = false;

/**
 * Starts a child in a separate process group that never outlives this process. Resolves before the
 * child is ready; rejects if the shell that wraps it cannot be started.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  installExitHook();
  const log = openSync(options.logFile, 'a', 0o600);
  let shell: ChildProcess;
  try {
    shell = spawn('sh', ['-c', wrapper, 'keeper', options.command, ...options.args], {
      detached: true,
      stdio: ['pipe', log, log],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  } finally {
    closeSync(log);
  }
  shell.stdin?.on('error', () => {});
  // Without a pid it was not started, and an 'error' event follows.
  const group = shell.pid ?? 0;
  if (group !== 0) groups.add(group);
  const { promise: finished, resolve } = Promise.withResolvers<number>();
  let ended: string | undefined;
  shell.once('exit', (code, signal) => {
    ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
    // Otherwise the watcher, which ignores signals, would wait until the pipe closes.
    shell.stdin?.destroy();
    groups.delete(group);
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
  await new Promise<void>((started, failed) => {
    shell.once('spawn', started);
    shell.once('error', failed);
  });
  async function stop(graceMs = 5_000): Promise<void> {
    if (ended === undefined) {
      signalGroup(group, 'SIGTERM');
      await Promise.race([finished, pause(graceMs, undefined, { ref: false })]);
    }
    // Also ends processes that the child has left running.
    signalGroup(group, 'SIGKILL');
    await finished;
    await groupGone(group);
  }

  return {
    name: options.name,
    logFile: options.logFile,
    group,
    ended: () => ended,
    finished,
    log: () => readFile(options.logFile, 'utf8'),
    stop,
  };
}

export interface ReadinessOptions {
  /** The limit in milliseconds; generous, because only a failing start reaches it. */
  readonly timeoutMs: number;
  readonly intervalMs?: number;
}

/**
 * Polls `check` until it returns a value other than undefined, and returns that value. A rejection
 * of `check` means "not yet". Rejects with the end of the child's log if the child ends or the time
 * expires.
 */
export async function untilReady<T>(
  child: Child,
  check: () => Promise<T | undefined>,
  options: ReadinessOptions,
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    const end = child.ended();
    if (end !== undefined) {
      throw new ServerFailure(
        `${child.name} ended (${end}) before it was ready`,
        await tail(child),
      );
    }
    try {
      const answer = await check();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const reason = last instanceof Error ? `: ${last.message}` : '';
      throw new ServerFailure(
        `${child.name} was not ready after ${options.timeoutMs / 1000} s${reason}`,
        await tail(child),
      );
    }
    await pause(options.intervalMs ?? 100);
  }
}

/** A server did not start; the message ends with the end of its log. */
export class ServerFailure extends Error {
  readonly logTail: string;

  constructor(message: string, logTail: string) {
    super(`${message}\n${logTail}`);
    this.name = 'ServerFailure';
    this.logTail = logTail;
  }
}

/**
 * Repeats `start`, up to three times, if it fails because another process took its port before it
 * could listen. `start` must choose new ports each time.
 */
export async function retryTakenPort<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const taken =
        error instanceof ServerFailure &&
        /address already in use|port already bound|EADDRINUSE/i.test(error.logTail);
      if (!taken || attempt === 3) throw error;
    }
  }
}

async function tail(child: Child): Promise<string> {
  const lines = (await child.log().catch(() => '')).trimEnd().split('\n');
  return lines
    .slice(-30)
    .map((line) => `  ${child.name}| ${line.slice(0, 500)}`)
    .join('\n');
}

async function groupGone(group: number): Promise<void> {
  // A killed process stays in the group until its new parent has reaped it.
  for (let waited = 0; waited < 5_000 && signalGroup(group, 0); waited += 20) await pause(20);
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

function installExitHook(): void {
  if (exitHookInstalled) return;
  exitHookInstalled = true;
  process.once('exit', () => {
    for (const group of groups) signalGroup(group, 'SIGKILL');
  });
}
