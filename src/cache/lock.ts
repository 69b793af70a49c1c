import type { TryLock } from '../ports.ts';

/** What waiting for a lock needs from the network; times in milliseconds. */
export interface LockWait {
  readonly tryLock: TryLock;
  sleep(milliseconds: number): Promise<void>;
  random(): number;
  remainingMs(): number;
}

/**
 * The time that a process reserves for its own request, in milliseconds: a third of the deadline,
 * but at most 3 s. The holder of the lock started earlier, so it normally finishes or fails before
 * the waiting process reaches this limit.
 */
function reservedMs(deadlineMs: number): number {
  return Math.min(deadlineMs / 3, 3000);
}

/**
 * Waits until this process gets the lock or another process has done the work. The lock only
 * reduces load on Dex (proper-lockfile can let two holders in when a stale lock is taken over, its
 * issue 121), so if the lock is not available in time, the caller continues without it.
 * @param path the path of the lock
 * @param findResult called after each attempt; returns the result of another process, or undefined;
 *   can throw the failure of another process
 * @returns the result of another process, or a function that releases the lock
 * @throws the errors of `findResult`
 */
export async function lockOrResult<T extends object>(
  path: string,
  wait: LockWait,
  findResult: () => T | undefined,
): Promise<{ result: T } | { release: () => Promise<void>; held: boolean }> {
  const giveUpAtMs = reservedMs(wait.remainingMs());
  for (;;) {
    let release: (() => Promise<void>) | undefined;
    try {
      release = await wait.tryLock(path);
    } catch {
      return { release: async () => {}, held: false };
    }
    // Also with the lock: the previous holder can have finished just before.
    let result: T | undefined;
    try {
      result = findResult();
    } catch (error) {
      await release?.();
      throw error;
    }
    if (result !== undefined) {
      await release?.();
      return { result };
    }
    if (release !== undefined) return { release, held: true };
    if (wait.remainingMs() <= giveUpAtMs) return { release: async () => {}, held: false };
    await wait.sleep(20 + wait.random() * 60);
  }
}
