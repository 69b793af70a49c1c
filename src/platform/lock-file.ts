import { lstatSync, rmdirSync } from 'node:fs';
import { lock } from 'proper-lockfile';
import type { TryLock } from '../cache/lock.ts';

/** A holder that has not touched its lock for this long is taken for dead. */
const staleMs = 10_000;

/**
 * Tries to take the lock directory at a path. Two holders are possible when a stale lock is taken
 * over, and a lock may be lost while it is held: neither matters to the caller, so neither throws.
 */
export const tryLockFile: TryLock = async (path) => {
  removeFromFuture(path);
  try {
    const release = await lock(path, {
      lockfilePath: path,
      realpath: false,
      stale: staleMs,
      update: staleMs / 4,
      retries: 0,
      // The default throws out of a timer, where nobody could catch it.
      onCompromised: () => {},
    });
    return () => release().catch(() => {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  }
};

/** A lock from the future is of a clock that was set back, and would count as held until then. */
function removeFromFuture(path: string): void {
  try {
    if (lstatSync(path).mtimeMs > Date.now() + staleMs) rmdirSync(path);
  } catch {
    // There is none, or it is not ours to remove.
  }
}
