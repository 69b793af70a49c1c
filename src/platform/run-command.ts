import type { ChildProcess } from 'node:child_process';
import { checkDepth } from '../nested-call.ts';
import { dexchangeAncestors } from './ancestors.ts';
import type { Deadline } from './deadline.ts';
import { caller, callerVariable, steadyMs } from './machine.ts';
import { signalListenersAreKept } from './terminal.ts';

const maxOutputBytes = 1024 * 1024;

/** Enough for the debug lines of a plugin that is dexchange with -v, before its error. */
const maxStderrBytes = 32 * 1024;

/**
 * Why a command has no usable output; `message` follows the command's name, as in `was not found`.
 */
export class CommandFailure extends Error {
  /** The beginning of the command's stderr, at least 32 KiB if it is longer. */
  stderr = '';
  /** Undefined if the command did not start or was ended by a signal. */
  exitCode: number | undefined;
}

/**
 * Runs a command without a shell, with stdin closed, and returns its stdout, at most 1 MiB. At the
 * deadline, and when this process gets a termination signal, the command's process group is killed.
 * If the command runs dexchange in turn, that knows the deadline, and notices the end of this process.
 * @param env the complete environment of the command
 * @param options `keepsStderr` keeps the beginning of stderr for CommandFailure
 * @throws CommandFailure; NestedCallError if too many calls of dexchange wait for each other
 */
export async function runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  deadline: Deadline,
  { keepsStderr = false } = {},
): Promise<string> {
  const [program = '', ...args] = command;
  // Loaded here, because most misses run no command.
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    checkDepth(dexchangeAncestors());
    // The children of a child stay in its group, which its caller kills whatever becomes of it.
    const ownGroup = process.platform !== 'win32' && caller === undefined;
    let child: ChildProcess | undefined;
    const stdout: Buffer[] = [];
    let size = 0;

    let isOver = false;
    const end = (outcome: () => void): void => {
      // The death of a killed child is no outcome of its own.
      if (isOver) return;
      isOver = true;
      deadline.signal.removeEventListener('abort', onDeadline);
      for (const signal of terminationSignals) process.removeListener(signal, onSignal);
      if (child !== undefined) killGroup(child, ownGroup);
      child?.stdout?.destroy();
      child?.stderr?.destroy();
      outcome();
    };
    const stderr: Buffer[] = [];
    let stderrSize = 0;
    const fail = (message: string, exitCode?: number): void => {
      const failure = new CommandFailure(message);
      failure.exitCode = exitCode;
      failure.stderr = Buffer.concat(stderr).toString('utf8');
      end(() => reject(failure));
    };
    const onDeadline = (): void =>
      fail(`did not end within ${Math.floor(deadline.totalMs / 100) / 10} s`);
    const onSignal = (signal: NodeJS.Signals): void => {
      if (signalListenersAreKept()) {
        fail(`was ended by ${signal}`);
        return;
      }
      end(() => {});
      process.kill(process.pid, signal);
    };
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (code === 0) end(() => resolve(Buffer.concat(stdout).toString('utf8')));
      else if (code === null) fail(`was ended by ${signal}`);
      else fail(`ended with exit code ${code}`, code);
    };

    // Registered before the start, so that a signal during the start also ends the command.
    for (const signal of terminationSignals) process.once(signal, onSignal);
    try {
      child = spawn(program, args, {
        env: { ...env, [callerVariable]: callerNote(deadline) },
        // The command's stderr can contain anything, and stderr of dexchange is empty on success.
        stdio: ['ignore', 'pipe', keepsStderr ? 'pipe' : 'ignore'],
        detached: ownGroup,
        windowsHide: true,
      });
    } catch (error) {
      fail(startProblem(error));
      return;
    }
    const started = child;
    started.on('error', (error) => fail(startProblem(error)));
    started.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutputBytes) fail(`printed more than ${maxOutputBytes} bytes`);
      else stdout.push(chunk);
    });
    started.stderr?.on('data', (chunk: Buffer) => {
      if (stderrSize < maxStderrBytes) stderr.push(chunk);
      stderrSize += chunk.length;
    });
    started.on('exit', (code, signal) => {
      // Background processes of the command could keep its stdout open forever. Those in its group
      // are killed now; for output of others, the grace period is the limit.
      killGroup(started, ownGroup);
      setTimeout(() => finish(code, signal), orphanGraceMs).unref();
    });
    started.on('close', finish);
    if (deadline.signal.aborted) onDeadline();
    else deadline.signal.addEventListener('abort', onDeadline);
  });
}

/** A dexchange that the command runs ends a little earlier, so that its own error is still read. */
function callerNote(deadline: Deadline): string {
  const leftMs = deadline.remainingMs();
  const reserveMs = Math.min(500, leftMs / 10);
  return `${process.pid} ${Math.floor(steadyMs() + leftMs - reserveMs)}`;
}

/** How long output is still read after the command has exited. */
const orphanGraceMs = 1000;

const terminationSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

function startProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'was not found';
  if (code === 'EACCES') return 'is not executable';
  return `could not be started: ${code ?? 'unknown error'}`;
}

function killGroup(child: ChildProcess, ownGroup: boolean): void {
  try {
    if (ownGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has already exited.
  }
}
