import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';
import { closeQuietly, unlinkQuietly } from './atomic-file.ts';
import { processIdentity } from './machine.ts';
import { readStart } from './read-start.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = constants;

/**
 * Writing a kubeconfig takes milliseconds. So a lock that does not say who holds it, such as
 * kubectl's, is left over from a killed process if it is older than this.
 */
const staleLockMs = 10_000;

const pollMs = 50;

/** The codes of a folder in which nothing can be created, and where no other program can lock. */
const unwritable: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Takes the lock `FILE.lock` as kubectl does: an exclusively created file (client-go, lockFile of
 * tools/clientcmd/config.go). It contains the identity of this process, so that the next process can
 * take it over at once if this one is killed.
 * @param path the file as kubectl would be told it, not resolved
 * @param giveUpAt when to stop waiting, on the clock of performance.now
 * @returns a function that releases the lock; undefined if the folder does not permit a lock
 * @throws DexchangeError file_not_written if another process holds the lock
 * @throws Error of the file system
 */
export async function takeKubeconfigLock(
  path: string,
  giveUpAt: number,
): Promise<(() => void) | undefined> {
  const lock = `${path}.lock`;
  for (;;) {
    const code = tryCreate(lock);
    if (code === undefined) return () => unlinkQuietly(lock);
    if (unwritable.has(code)) return undefined;
    if (takeOver(lock)) continue;
    if (performance.now() > giveUpAt) throw lockedError(path, lock);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Creates the lock; returns the code if it exists, or if the folder does not permit it. */
function tryCreate(lock: string): string | undefined {
  let file: number;
  try {
    file = openSync(lock, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // On Windows a lock that is being deleted answers with these codes for a moment.
    if (process.platform === 'win32' && unwritable.has(code)) return 'EEXIST';
    if (code === 'EEXIST' || unwritable.has(code)) return code;
    throw error;
  }
  try {
    writeSync(file, ownIdentity() ?? '');
  } catch {
    // On a full disk the lock does not say who holds it, so it counts by its age.
  }
  closeQuietly(file);
  return undefined;
}

/**
 * Removes the lock if its holder is dead. Of several processes that see the same dead holder only
 * the one that creates the marker removes it; and it looks again, because another one may have
 * removed it and taken the lock.
 */
function takeOver(lock: string): boolean {
  if (!isDead(lock)) return false;
  const marker = `${lock}.stale`;
  try {
    closeSync(openSync(marker, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
  } catch {
    const ageMs = ageOf(marker);
    if (ageMs !== undefined && ageMs > staleLockMs) unlinkQuietly(marker);
    return false;
  }
  try {
    if (!isDead(lock)) return false;
    unlinkSync(lock);
    return true;
  } catch {
    return false;
  } finally {
    unlinkQuietly(marker);
  }
}

function isDead(lock: string): boolean {
  const ageMs = ageOf(lock);
  if (ageMs === undefined) return false;
  const holder = readStart(lock, 256)?.toString('latin1') ?? '';
  const [space, identity = ''] = holder.split(' ');
  const own = ownIdentity();
  const [boot, pid] = identity.split('.');
  // A process of another machine or container cannot be looked up here.
  const isLocal = own?.startsWith(`${space} ${boot}.`) ?? false;
  if (!isLocal) return ageMs > staleLockMs;
  return processIdentity(Number(pid)) !== identity;
}

/** The age in milliseconds; negative if the clock was set back. */
function ageOf(path: string): number | undefined {
  try {
    return Date.now() - lstatSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

/**
 * This process in words that another one compares: the namespace of the process ids, which is another
 * one in each container, and the process. Undefined where the system has no such data.
 */
function ownIdentity(): string | undefined {
  const identity = processIdentity(process.pid);
  if (identity === undefined) return undefined;
  try {
    return `${readlinkSync('/proc/self/ns/pid')} ${identity}`;
  } catch {
    return undefined;
  }
}

function lockedError(path: string, lock: string): DexchangeError {
  return new DexchangeError('file_not_written', `${quotePath(path)} is locked by another process`, {
    hint: `wait until the other process has finished, or remove ${quotePath(lock)} if no \`kubectl config\` is running`,
  });
}
