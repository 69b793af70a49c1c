import type { TryLock } from '../ports.ts';

/** What waiting for a lock needs of the outside; times in milliseconds. */
export interface LockWait {
  readonly tryLock: TryLock;
  sleep(milliseconds: number): Promise<void>;
  random(): number;
  remainingMs(): number;
}

/**
 * What whoever waited in vain keeps for a request of its own: a third of the deadline, at most 3 s.
 * The holder's own time runs out before that (it began earlier, and no phase of a request is
 * granted the whole deadline), and then there is its failure to be taken over.
 */
function keptMs(deadlineMs: number): number {
  return Math.min(deadlineMs / 3, 3000);
}

/**
 * Waits until the lock is ours or somebody else has done the work. The lock only keeps load off
 * Dex (proper-lockfile may let two holders in when a stale lock is taken over, its issue 121):
 * when it cannot be had in time, or at all, the caller goes on without it.
 * @param done looked at after each try: the work of another process, or undefined; it may throw the
 *   other's failure
 * @returns what `done` gave, or a release to be called when the work is done
 */
export async function lockOrResult<T extends object>(
  path: string,
  wait: LockWait,
  done: () => T | undefined,
): Promise<{ result: T } | { release: () => Promise<void>; held: boolean }> {
  const giveUpAtMs = keptMs(wait.remainingMs());
  for (;;) {
    let release: (() => Promise<void>) | undefined;
    try {
      release = await wait.tryLock(path);
    } catch {
      return { release: async () => {}, held: false };
    }
    // Looked at with the lock in hand too: the holder before us may just have finished.
    let result: T | undefined;
    try {
      result = done();
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
