import { signalListenersAreKept } from './terminal.ts';

/** Locks that are released even if the process is ended by a signal. */
export interface HeldLocks {
  /** Undefined is a lock that could not be taken. */
  add(release: (() => void) | undefined): void;
  /** Whether any lock is held. */
  isLocked(): boolean;
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Holds locks, and releases them before a signal or `process.exit` ends the process. A signal takes
 * effect as soon as the running function returns, so never within a write.
 */
export function releasedOnSignal(): HeldLocks {
  const held: (() => void)[] = [];
  const releaseAll = (): void => {
    // The last one first, as they were taken.
    for (const release of held.splice(0).reverse()) release();
  };
  const stop = (): void => {
    process.removeListener('exit', releaseAll);
    for (const name of signals) process.removeListener(name, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    // The process goes on until the write has ended, and releases the locks then.
    if (signalListenersAreKept()) return;
    releaseAll();
    stop();
    process.kill(process.pid, signal);
  };
  process.once('exit', releaseAll);
  for (const name of signals) process.once(name, onSignal);
  return {
    add(release) {
      if (release !== undefined) held.push(release);
    },
    isLocked: () => held.length > 0,
    release() {
      releaseAll();
      // Later, so that a signal that came during the last write still takes effect.
      setImmediate(stop);
    },
  };
}
