import { type ChildProcess, spawn } from 'node:child_process';
import type { Deadline } from './deadline.ts';

const maxOutputBytes = 1024 * 1024;

/** Enough for the lines that say what is wrong. */
const maxStderrBytes = 4096;

/** How a command ended that gave no usable output; `message` is fit to stand behind its name. */
export class CommandFailure extends Error {
  /** The beginning of what it printed on stderr, if that was kept. */
  stderr = '';
}

/**
 * Runs a command without a shell, with stdin closed and bounded output, and gives its stdout.
 * Its process group ends with the deadline, and with us.
 * @param env the whole environment of the command
 * @throws CommandTrouble
 */
export function runCommand(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  deadline: Deadline,
  { keepsStderr = false } = {},
): Promise<string> {
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    const ownGroup = process.platform !== 'win32';
    let child: ChildProcess | undefined;
    const stdout: Buffer[] = [];
    let size = 0;

    const end = (outcome: () => void): void => {
      deadline.signal.removeEventListener('abort', onDeadline);
      for (const signal of endingSignals) process.removeListener(signal, onSignal);
      if (child !== undefined) killGroup(child, ownGroup);
      child?.stdout?.destroy();
      child?.stderr?.destroy();
      outcome();
    };
    const stderr: Buffer[] = [];
    let stderrSize = 0;
    const fail = (message: string): void => {
      const failure = new CommandFailure(message);
      failure.stderr = Buffer.concat(stderr).toString('utf8');
      end(() => reject(failure));
    };
    const onDeadline = (): void => fail(`did not end within ${deadline.totalMs / 1000} s`);
    const onSignal = (signal: NodeJS.Signals): void => {
      end(() => {});
      process.kill(process.pid, signal);
    };
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (code === 0) end(() => resolve(Buffer.concat(stdout).toString('utf8')));
      else fail(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    };

    // Before there is a child: a signal that comes while it starts must not leave it behind.
    for (const signal of endingSignals) process.once(signal, onSignal);
    try {
      child = spawn(program, args, {
        env: { ...env },
        // Its stderr may hold anything, and on success ours must be empty.
        stdio: ['ignore', 'pipe', keepsStderr ? 'pipe' : 'ignore'],
        detached: ownGroup,
        windowsHide: true,
      });
    } catch (error) {
      fail(startTrouble(error));
      return;
    }
    const started = child;
    started.on('error', (error) => fail(startTrouble(error)));
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
      // What it left behind may hold the pipes open for ever: it ends with its parent, and if it
      // has left the group, nobody waits for it.
      killGroup(started, ownGroup);
      setTimeout(() => finish(code, signal), orphanGraceMs).unref();
    });
    started.on('close', finish);
    if (deadline.signal.aborted) onDeadline();
    else deadline.signal.addEventListener('abort', onDeadline);
  });
}

/** How long output is still read after a command has ended. */
const orphanGraceMs = 1000;

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

function startTrouble(error: unknown): string {
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
    // It is gone already.
  }
}
