import { lock } from 'proper-lockfile';

/**
 * Runs `work` when no other process on this machine runs it for the same entry of the cache, unless
 * `isDone` by then. The folder `<entry>.lock` is the lock. That of a process that was killed does not
 * count after half a minute.
 * @throws Error with code ELOCKED if another process works for longer than half an hour
 */
export async function inTurn(
  entry: string,
  isDone: () => boolean,
  work: () => Promise<void>,
): Promise<void> {
  if (isDone()) return;
  const release = await lock(entry, {
    realpath: false,
    stale: 30_000,
    retries: { retries: 9_000, factor: 1, minTimeout: 200, maxTimeout: 200 },
  });
  try {
    if (!isDone()) await work();
  } finally {
    await release();
  }
}
