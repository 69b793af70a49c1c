import {
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { closeQuietly } from './atomic-file.ts';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_WRONLY } = constants;

/** A file as it was read: what it holds, and which file it was. */
export interface ReadFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * Writes new content into an existing file and makes it private. If that fails, for example on a
 * full disk, the old content is written back. Unlike a rename, it is not atomic: a reader in the same
 * instant, or a process killed in it, finds parts of both.
 * @param old the file as it was read before; another file in its place is not written
 * @throws Error of the file system
 */
export function writeInPlace(path: string, content: Buffer, old: ReadFile): void {
  const file = openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!isSameFile(stats, old.stats)) throw replacedError(path);
    // Private before the secrets are in it; only the owner and root can do that.
    if ((stats.mode & 0o777) !== privateMode(stats)) fchmodSync(file, privateMode(stats));
    try {
      // The end first: on a full disk it fails while the old content is still complete.
      if (content.length > stats.size) writeAt(file, content, stats.size);
      writeAt(file, content.subarray(0, stats.size), 0);
      ftruncateSync(file, content.length);
      fsyncSync(file);
    } catch (error) {
      restore(file, old.bytes);
      throw error;
    }
  } finally {
    closeQuietly(file);
  }
}

/** The mode of a private file: 0600, or less if the owner's rights are less. */
export function privateMode({ mode }: Stats): number {
  return mode & 0o600;
}

/** Whether both describe the same file in the same state. */
export function isSameFile(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

function restore(file: number, old: Buffer): void {
  try {
    writeAt(file, old, 0);
    ftruncateSync(file, old.length);
  } catch {
    // The error of the write is the one to report.
  }
}

function writeAt(file: number, content: Buffer, start: number): void {
  for (let at = start; at < content.length; ) {
    at += writeSync(file, content, at, content.length - at, at);
  }
}

/** The error if another process changed the file during the write. */
export function replacedError(path: string): Error {
  return Object.assign(new Error(`${path} was changed by another process`), { code: 'ESTALE' });
}
