/** Tries to take a lock once: a release, or undefined if another process holds it. */
export type TryLock = (path: string) => Promise<(() => Promise<void>) | undefined>;

/** What waiting for a lock needs of the outside; times in milliseconds. */
export interface LockWait {
  readonly tryLock: TryLock;
  sleep(milliseconds: number): Promise<void>;
  random(): number;
  remainingMs(): number;
}

/** A third of the deadline stays for the request of whoever waited in vain. */
const shareForWaiting = 2 / 3;

/**
 * Waits until the lock is ours or somebody else has done the work. The lock only keeps load off
 * Dex (proper-lockfile may let two holders in when a stale lock is taken over, its issue 121):
 * when it cannot be had in time, or at all, the caller goes on without it.
 * @param done looked at before each try: the work of another process, or undefined
 * @returns what `done` gave, or a release to be called when the work is done
 */
export async function lockOrResult<T extends object>(
  path: string,
  wait: LockWait,
  done: () => T | undefined,
): Promise<{ result: T } | { release: () => Promise<void>; held: boolean }> {
  const giveUpAtMs = wait.remainingMs() * (1 - shareForWaiting);
  for (;;) {
    let release: (() => Promise<void>) | undefined;
    try {
      release = await wait.tryLock(path);
    } catch {
      return { release: async () => {}, held: false };
    }
    // Looked at with the lock in hand too: the holder before us may just have finished.
    const result = done();
    if (result !== undefined) {
      await release?.();
      return { result };
    }
    if (release !== undefined) return { release, held: true };
    if (wait.remainingMs() <= giveUpAtMs) return { release: async () => {}, held: false };
    await wait.sleep(20 + wait.random() * 60);
  }
}
