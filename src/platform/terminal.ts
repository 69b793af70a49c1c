import { fstatSync, writeSync } from 'node:fs';

/**
 * Writes a complete text to stdout (1) or stderr (2) synchronously, so that the process can exit
 * right after it.
 * @returns undefined, or the system's error code if writing failed; a closed reader (EPIPE) does
 *   not count as a failure
 */
export function writeWhole(descriptor: 1 | 2, text: string): string | undefined {
  return interruptible(() => writeBytes(descriptor, Buffer.from(text)));
}

/**
 * Whether stderr is a pipe or socket, such as that to the runner of a job, and not the one of stdout:
 * what is for the runner must get neither into a file nor into a result that a script reads.
 */
export function isPipeOfItsOwn(): boolean {
  try {
    const [stdout, stderr] = [fstatSync(1), fstatSync(2)];
    const isPipe = stderr.isFIFO() || stderr.isSocket();
    return isPipe && (stdout.ino !== stderr.ino || stdout.dev !== stderr.dev);
  } catch {
    return false;
  }
}

function writeBytes(descriptor: 1 | 2, bytes: Buffer): string | undefined {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return undefined;
      if (code !== 'EAGAIN') return code ?? 'unknown error';
      // The pipe is full, and another process has set it to non-blocking.
      pause(5);
    }
  }
  return undefined;
}

/** Blocks for some milliseconds. Call it within `interruptible`. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The signals that end a process by default. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

let handlesSignals = false;

/**
 * Makes `interruptible` leave the listeners of signals in place, for a process that must clean up or pass
 * signals on. A signal that arrives while its listeners are removed would be lost, or end the process.
 */
export function keepSignalListeners(): void {
  handlesSignals = true;
}

/** Whether this process handles signals itself, so that no other code must end it because of one. */
export function signalListenersAreKept(): boolean {
  return handlesSignals;
}

/**
 * Runs work that can block, and lets signals end the process meanwhile: a listener would replace
 * their default effect, but could not run before the work has ended.
 */
export function interruptible<T>(work: () => T): T {
  if (handlesSignals) return work();
  const listeners = endingSignals.flatMap((signal) =>
    process.listenerCount(signal) === 0 ? [] : [[signal, process.rawListeners(signal)] as const],
  );
  for (const [signal] of listeners) process.removeAllListeners(signal);
  try {
    return work();
  } finally {
    for (const [signal, all] of listeners) {
      for (const listener of all) process.on(signal, listener as NodeJS.SignalsListener);
    }
  }
}
