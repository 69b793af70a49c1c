import type { EndConditions } from '../ports.ts';
import { isAlive, processIdentity } from './machine.ts';
import { isZombie } from './process-table.ts';
import { keepSignalListeners } from './terminal.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How often to check that the owner still runs, in milliseconds. */
const checkMs = 1000;

/**
 * Waits until a signal arrives, the owner ends, or the lifetime is over. Afterwards, signals have their
 * default effect.
 */
export function untilEnd({ ownerPid, maxLifetimeMs }: EndConditions): Promise<void> {
  keepSignalListeners();
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    const end = (): void => {
      for (const timer of timers) clearInterval(timer);
      for (const signal of endingSignals) process.removeListener(signal, end);
      resolve();
    };
    for (const signal of endingSignals) process.on(signal, end);
    const endsAtMs = Date.now() + (maxLifetimeMs ?? Number.POSITIVE_INFINITY);
    const owner = ownerPid === undefined ? undefined : watch(ownerPid);
    timers.push(
      setInterval(() => {
        // By the wall clock, because timers stop while a machine sleeps.
        if (owner?.isRunning() === false || Date.now() >= endsAtMs) end();
      }, checkMs),
    );
  });
}

/** Watches a process. A later process with the same id counts as a different one. */
function watch(pid: number): { isRunning(): boolean } {
  const identity = processIdentity(pid);
  return {
    isRunning() {
      if (identity !== undefined) return processIdentity(pid) === identity && !isZombie(pid);
      return isAlive(pid);
    },
  };
}
