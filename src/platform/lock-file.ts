import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { lock } from 'proper-lockfile';
import type { TryLock } from '../ports.ts';

/** A holder that has not touched its lock for this long is taken for dead. */
const staleMs = 5000;

/**
 * Tries to take the lock directory at a path. Two holders are possible when a stale lock is taken
 * over, and a lock may be lost while it is held: neither matters to the caller, so neither throws.
 */
export const tryLockFile: TryLock = async (path) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await take(path);
    } catch (error) {
      if (attempt === 1 && removeImpossible(path)) continue;
      if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
      throw error;
    }
  }
};

async function take(path: string): Promise<() => Promise<void>> {
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
}

/**
 * Removes what no holder can have left: a thing that is no folder, or a folder touched in the
 * future, as a clock that was set back since makes of a dead holder's lock. Either would keep
 * everybody waiting, the one for ever, the other until that time has come.
 */
function removeImpossible(path: string): boolean {
  try {
    const stats = lstatSync(path);
    if (!stats.isDirectory()) unlinkSync(path);
    else if (stats.mtimeMs > Date.now() + staleMs) rmdirSync(path);
    else return false;
    return true;
  } catch {
    return false;
  }
}
