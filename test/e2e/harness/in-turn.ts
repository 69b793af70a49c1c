import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs `work` when no other process on this machine runs it for the same entry of the cache, unless
 * `isDone` by then. The file `<entry>.lock` contains the id of the process that works; the lock of a
 * process that has ended does not count.
 */
export async function inTurn(
  entry: string,
  isDone: () => boolean,
  work: () => Promise<void>,
): Promise<void> {
  const lock = `${entry}.lock`;
  while (!isDone()) {
    const isMine = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (isMine) {
      try {
        if (!isDone()) await work();
        return;
      } finally {
        await rm(lock, { force: true });
      }
    }
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) {
      // Only one process can rename it, so none removes the lock of the next owner.
      const stale = `${lock}-${process.pid}`;
      await rename(lock, stale).catch(() => {});
      await rm(stale, { force: true });
    } else {
      await pause(200);
    }
  }
}

/** Tells whether a process runs, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
