import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { lock } from 'proper-lockfile';
import type { TryLock } from '../ports.ts';

/** A lock that its holder has not touched for this long is stale. */
const staleMs = 5000;

// Importing proper-lockfile installs handlers that end the process on every fatal signal, SIGXFSZ
// included, which Node ignores otherwise. A write beyond the limit (ulimit -f) must stay an error
// (EFBIG): where there is another listener, those handlers do nothing.
if (process.platform !== 'win32') process.on('SIGXFSZ', () => {});

/**
 * Tries to take the lock directory at a path. Two processes can take over a stale lock at the same
 * time, and a holder can lose its lock. Neither throws, because correctness does not depend on the
 * lock.
 * @returns a function that releases the lock; undefined if another process holds it
 */
export const tryLockFile: TryLock = async (path) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await take(path);
    } catch (error) {
      if (attempt === 1 && removeInvalidLock(path)) continue;
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
    // The default handler throws from a timer, where no caller could catch the error.
    onCompromised: () => {},
  });
  return () => release().catch(() => {});
}

/**
 * Removes a lock that no live holder can have: something that is not a folder, or a folder with a
 * modification time in the future, which a dead holder leaves behind if the clock is set back. The
 * first would block all processes forever, the second until that time.
 */
function removeInvalidLock(path: string): boolean {
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
