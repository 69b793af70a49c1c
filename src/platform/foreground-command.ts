import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Environment, ForegroundCommand } from '../ports.ts';
import { startGuard } from './command-guard.ts';
import { type SignalSource, signalSource } from './signal-source.ts';
import { keepSignalListeners } from './terminal.ts';

/**
 * The events of a console on Windows: Ctrl-C, Ctrl-Break and the end of its window. The command receives them
 * itself. Passed on, they would end it immediately (TerminateProcess).
 */
const ofConsole = ['SIGINT', 'SIGBREAK', 'SIGHUP'] as const;

/** The signals that are always passed on. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * The signals that all processes in the foreground receive, from the terminal or from a shell that continues
 * a job. A second SIGCONT would make vi redraw its screen.
 */
const toForeground = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'] as const;

/** A signal that arrives twice within this time was sent to the process and to its group. */
const repeatMs = 100;

/**
 * Starts a command without a shell, with the stdin, stdout, stderr and terminal of this process. To its user,
 * the command replaces this process. Each signal reaches it once.
 *
 * With a terminal, the command is in the process group of this process, so that Ctrl-C, Ctrl-Z and `fg`
 * work as without this process: the terminal sends its signals to both. Without a terminal, as in a CI
 * job, the command has its own group. Otherwise a program that signals the job's group, such as `timeout`,
 * would signal the command twice, and some tools abort immediately on the second signal.
 *
 * If SIGKILL ends this process, a guard ends the command, with its group if it has one, and removes the
 * folder.
 * @param env the complete environment of the command
 * @param folder its private folder
 */
export function startForeground(
  [program = '', ...args]: readonly string[],
  env: Environment,
  folder: string,
): ForegroundCommand {
  keepSignalListeners();
  const terminal = signalSource();
  const isDetached = !terminal.exists && process.platform !== 'win32';
  let child: ChildProcess | undefined;
  // Before the command starts, so that no signal ends this process alone.
  const endRelay = relaySignals((signal) => child?.kill(signal), terminal);
  const guard = startGuard(folder);
  const release = (): void => {
    endRelay();
    guard.end();
  };
  const ended = new Promise<number>((resolve, reject) => {
    try {
      child = spawn(program, args, {
        env,
        stdio: 'inherit',
        detached: isDetached,
      });
    } catch (error) {
      release();
      reject(error);
      return;
    }
    child.once('error', (error) => {
      release();
      reject(error);
    });
    if (child.pid !== undefined) guard.watch(isDetached ? -child.pid : child.pid);
    child.once('exit', (code, signal) => {
      release();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  return { ended };
}

/** Passes the signals of this process on; returns a function that stops this. */
function relaySignals(send: (signal: NodeJS.Signals) => void, terminal: SignalSource): () => void {
  const removers: (() => void)[] = [];
  const lastAt = new Map<NodeJS.Signals, number>();
  const isRepeated = (signal: NodeJS.Signals): boolean => {
    const now = performance.now();
    const before = lastAt.get(signal);
    lastAt.set(signal, now);
    return before !== undefined && now - before < repeatMs;
  };
  const on = (signal: NodeJS.Signals, act: () => void): void => {
    const listener = (): void => {
      if (!isRepeated(signal)) act();
    };
    process.on(signal, listener);
    removers.push(() => process.removeListener(signal, listener));
  };
  const release = (): void => {
    for (const remove of removers) remove();
  };
  if (process.platform === 'win32') {
    for (const signal of ofConsole) on(signal, () => {});
    return release;
  }
  for (const signal of passedOn) on(signal, () => send(signal));
  for (const signal of toForeground) {
    on(signal, () => {
      // In the foreground, the terminal has already sent the signal to the child.
      if (!terminal.isForeground()) send(signal);
    });
  }
  const stop = (): void => {
    if (!terminal.isForeground()) send('SIGTSTP');
    // With the default action, so that the shell sees that a signal has stopped this process.
    process.removeListener('SIGTSTP', stop);
    process.kill(process.pid, 'SIGTSTP');
    // Runs after SIGCONT.
    setImmediate(() => process.on('SIGTSTP', stop));
  };
  process.on('SIGTSTP', stop);
  removers.push(() => process.removeListener('SIGTSTP', stop));
  return release;
}
