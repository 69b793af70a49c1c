import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';
import { writeAtomically } from './atomic-file.ts';
import { takeKubeconfigLock } from './kubeconfig-lock.ts';
import { removeLeftovers } from './leftovers.ts';
import { remainingMs } from './machine.ts';
import { makeFolder } from './private-files.ts';
import { releasedOnSignal } from './release-on-signal.ts';
import { type ResolvedTarget, resolveTarget } from './resolve-target.ts';
import { writeFailure } from './write-failure.ts';
import {
  isSameFile,
  privateMode,
  type ReadFile,
  replacedError,
  writeInPlace,
} from './write-in-place.ts';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = constants;

/** Longer than a lock of unknown holder lasts, so that a killed kubectl makes no call fail. */
const lockWaitMs = 12_000;

/**
 * How long the lock is held after a change. kubectl reads a kubeconfig before it takes the lock, and
 * deletes what it did not find then (client-go, ModifyConfig). Between the two it needs less than a
 * millisecond; with the lock still held, it fails instead of deleting the change.
 */
const lingerMs = 200;

/** A larger file could not be read as a kubeconfig afterwards. */
const maxBytes = 4 * 1024 * 1024;

/** The codes of a place where no other file can be put: a mount point, another's sticky folder. */
const unplaceable: ReadonlySet<string> = new Set(['EACCES', 'EBUSY', 'EPERM', 'EROFS', 'EXDEV']);

/** Returns the new text of a file; gets undefined if it does not exist. */
type Change = (old: string | undefined) => string;

/**
 * Replaces the text of a kubeconfig, and makes it private (0600). A reader sees the old text or the
 * new one, and a failure or a killed process leaves the old one. Only where no new file can be put in
 * its place (a file that is a mount point, one with several hard links, a folder without write
 * permission) it is written in place. Uses the lock of kubectl, follows links as kubectl does, and
 * removes what killed writers left.
 * @param change can throw to leave the file unchanged
 * @param timeoutMs the deadline of the whole call, counted from its start
 * @throws DexchangeError file_not_written, and the errors of `change`
 */
export async function updateFile(path: string, change: Change, timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + Math.min(lockWaitMs, remainingMs(timeoutMs));
  const held = releasedOnSignal();
  try {
    if (path.endsWith('/') || path.endsWith(sep)) throw notAFile(path, 'names a folder');
    makeFolder(dirname(path));
    rejectOtherThanFile(resolveTarget(path), path);
    held.add(await takeKubeconfigLock(path, giveUpAt));
    const target = resolveTarget(path);
    rejectOtherThanFile(target, path);
    // kubectl that is told the target itself takes only the target's lock.
    if (target.path !== path) held.add(await takeKubeconfigLock(target.path, giveUpAt));
    if (changeFile(target, path, change) && held.isLocked()) {
      await new Promise((resolve) => setTimeout(resolve, lingerMs));
    }
  } catch (error) {
    throw writeFailure(error, path);
  } finally {
    held.release();
  }
}

/** Returns whether the text was changed. */
function changeFile(target: ResolvedTarget, path: string, change: Change): boolean {
  removeLeftovers(dirname(target.path), temporaryPrefix(target.path));
  const old = target.stats === undefined ? undefined : readOld(target.path, path);
  const oldText = old?.bytes.toString('utf8');
  const next = change(oldText);
  if (old !== undefined && next === oldText && becomesPrivate(target.path, old)) return false;
  const content = Buffer.from(next);
  if (old === undefined) place(target.path, content, undefined);
  else if (old.stats.nlink > 1) overwrite(target.path, content, old, path);
  else placeOrOverwrite(target.path, content, old, path);
  return true;
}

/** A rename would replace a device such as /dev/null, and reading a FIFO would not end. */
function rejectOtherThanFile({ stats }: ResolvedTarget, path: string): void {
  if (stats === undefined || stats.isFile()) return;
  throw notAFile(path, stats.isDirectory() ? 'is a folder' : 'is a device, pipe or socket');
}

function notAFile(path: string, what: string): DexchangeError {
  return new DexchangeError('file_not_written', `${quotePath(path)} ${what}, not a regular file`, {
    hint: 'name a regular file or a new one; without the flag, or with -, the text goes to stdout',
  });
}

/** Reads the file; it must be writable, as for kubectl. */
function readOld(target: string, path: string): ReadFile {
  const file = openSync(target, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(path, 'is a device, pipe or socket');
    if (stats.size > maxBytes) throw unusable(path, `is larger than ${maxBytes} bytes`);
    const bytes = readFileSync(file);
    // Otherwise what is not UTF-8 would be lost.
    if (!isUtf8(bytes)) throw unusable(path, 'is not UTF-8 text');
    return { bytes, stats };
  } finally {
    closeSync(file);
  }
}

function unusable(path: string, why: string): DexchangeError {
  return new DexchangeError('kubeconfig_invalid', `${quotePath(path)} ${why}`, {
    hint: 'name a kubeconfig in UTF-8, or a new file; it was not changed',
  });
}

/** Makes a file private whose text stays; returns false if this user cannot. */
function becomesPrivate(target: string, { stats }: ReadFile): boolean {
  if (!isOpenToOthers(stats)) return true;
  if (!ownsOrRoot(stats)) return false;
  const file = openSync(target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!isSameFile(fstatSync(file), stats)) throw replacedError(target);
    fchmodSync(file, privateMode(stats));
    return true;
  } finally {
    closeSync(file);
  }
}

function isOpenToOthers({ mode }: Stats): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

function ownsOrRoot({ uid }: Stats): boolean {
  const own = process.geteuid?.();
  return own === undefined || own === 0 || own === uid;
}

function placeOrOverwrite(target: string, content: Buffer, old: ReadFile, path: string): void {
  try {
    place(target, content, old.stats);
  } catch (error) {
    if (!unplaceable.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    overwrite(target, content, old, path);
  }
}

function overwrite(target: string, content: Buffer, old: ReadFile, path: string): void {
  if (!ownsOrRoot(old.stats)) {
    throw new DexchangeError(
      'file_not_written',
      `${quotePath(path)} belongs to user id ${old.stats.uid}, and cannot be made private`,
      { hint: 'name a file that belongs to the current user, or a new one' },
    );
  }
  writeInPlace(target, content, old);
}

function place(target: string, content: Buffer, old: Stats | undefined): void {
  let inode: number | undefined;
  writeAtomically(content, {
    prefix: join(dirname(target), temporaryPrefix(target)),
    place(temporary) {
      renameSync(temporary, target);
      // Whoever may write the folder could have put another file in the temporary one's place.
      if (lstatSync(target).ino !== inode) throw replacedError(target);
    },
    prepare(file) {
      inode = fstatSync(file).ino;
      if (old !== undefined) keepOwnerAndMode(file, old);
    },
    isDurable: true,
  });
}

function temporaryPrefix(target: string): string {
  return `.${basename(target)}`;
}

/** Keeps the owner of the file if root replaces it, for example under sudo. */
function keepOwnerAndMode(file: number, old: Stats): void {
  if (process.platform === 'win32') return;
  // By descriptor: another file could be put in the place of the temporary one.
  if (process.geteuid?.() === 0) fchownSync(file, old.uid, old.gid);
  fchmodSync(file, privateMode(old));
}
