import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { isSea } from 'node:sea';
import type { BackgroundStart, Environment } from '../ports.ts';
import { callerVariable, isAlive } from './machine.ts';
import { writeWhole } from './terminal.ts';

/**
 * Runs this program in its own session, without inherited files, so that no job waits for it. The child
 * reads the message from stdin, because other users can read a command line.
 * @param argument the only word of the child's command line
 * @param env the child's complete environment
 * @returns the child's answer, or how the child ended before it answered
 */
export function startBackground(
  argument: string,
  message: string,
  env: Environment,
): Promise<BackgroundStart> {
  const [program, ...words] = ownProgram();
  const nothing = openSync(devNull, 'r+');
  const inherited = inheritedDescriptors();
  const most = Math.max(2, ...inherited);
  const stdio = Array.from({ length: most + 1 }, (_, descriptor) =>
    descriptor <= 2 ? 'pipe' : inherited.includes(descriptor) ? nothing : 'ignore',
  );
  const child = spawn(program, [...words, argument], {
    env: { ...env, [callerVariable]: undefined },
    stdio,
    detached: true,
    windowsHide: true,
  });
  closeSync(nothing);
  return answerOf(child, message);
}

function answerOf(child: ChildProcess, message: string): Promise<BackgroundStart> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (!stdout.endsWith('\n')) return;
      // The debug lines and warnings that the child has printed so far.
      if (stderr !== '') writeWhole(2, stderr);
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve({ kind: 'ready', message: stdout });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ kind: 'failed', stderr, exitCode: code ?? 1 }));
    // The child ended before it read the message. `close` reports how.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(message);
  });
}

const parentAtStart = process.ppid;

/**
 * Writes to stdout for the process that started this one.
 * @returns undefined; `ended` if that process has: this process has another parent, or its stdout has no
 *   reader; or the code of the system's error
 */
export function answerStarter(text: string): string | undefined {
  if (process.ppid !== parentAtStart) return 'ended';
  try {
    writeSync(1, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EPIPE' ? 'ended' : writeWhole(1, text);
  }
  return undefined;
}

/** The command that runs this program. */
function ownProgram(): readonly [string, ...string[]] {
  const script = process.argv[1];
  return isSea() || script === undefined ? [process.execPath] : [process.execPath, script];
}

/**
 * The descriptors above 2 that a child would inherit. One can be a pipe that a job's runner reads until all
 * writers have closed it. Only Linux lists them.
 */
function inheritedDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((descriptor) => descriptor > 2 && !closesOnExec(descriptor));
  } catch {
    return [];
  }
}

const closeOnExec = 0o2000000;

function closesOnExec(descriptor: number): boolean {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(text)?.[1] ?? '', 8);
    return (flags & closeOnExec) !== 0;
  } catch {
    // This was the descriptor of the folder listing, which is closed now.
    return true;
  }
}

/** How often this process checks that its starter still runs, in milliseconds. */
const checkMs = 250;

let waiting: NodeJS.Timeout | undefined;

/**
 * Reads the message of the process that started this one. Until `detach` answers it, this process ends when
 * that process ends, because no other process knows of this one.
 */
export function readMessage(): string {
  const starter = process.ppid;
  waiting = setInterval(() => {
    if (process.ppid !== starter || !isAlive(starter)) process.exit(1);
  }, checkMs);
  waiting.unref();
  return readFileSync(0, 'utf8');
}

/** Answers the process that started this one, and closes stdin, stdout and stderr. */
export function detach(message: string): void {
  clearInterval(waiting);
  writeWhole(1, `${message}\n`);
  for (const descriptor of [0, 1, 2]) {
    closeSync(descriptor);
    // Reuses the descriptor that was just closed.
    openSync(devNull, 'r+');
  }
}
