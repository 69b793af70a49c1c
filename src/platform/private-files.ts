import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { FileProblem, PrivateFiles } from '../ports.ts';
import { closeQuietly, writeAtomically } from './atomic-file.ts';

const { O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;

/** The cache's files on a real file system; `PrivateFiles` documents the rules of each function. */
export const privateFiles: PrivateFiles = {
  checkFolder(path, create) {
    try {
      if (create) makeFolder(path);
      const stats = lstatSync(path);
      if (stats.isSymbolicLink()) return fileProblem(`${path} is a symbolic link`);
      if (!stats.isDirectory()) return fileProblem(`${path} is not a folder`);
      return accessProblem(path, stats);
    } catch (error) {
      return systemProblem(path, error);
    }
  },

  read(path, maxBytes) {
    let file: number | undefined;
    try {
      // Non-blocking, so that a FIFO in place of the file cannot block the caller.
      file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const stats = fstatSync(file);
      if (!stats.isFile()) return fileProblem(`${path} is not a regular file`);
      const problem = accessProblem(path, stats);
      if (problem !== undefined) return problem;
      if (stats.size > maxBytes) return fileProblem(`${path} is larger than ${maxBytes} bytes`);
      return readWhole(file, stats.size);
    } catch (error) {
      const problem = systemProblem(path, error);
      return isOutOfReach(path, error) ? { ...problem, absent: true } : problem;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  },

  replace(path, content) {
    return throughTemporary(path, content, (temporary) => renameSync(temporary, path));
  },

  overwrite(path, content) {
    let file: number | undefined;
    try {
      file = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      const stats = fstatSync(file);
      if (!stats.isFile()) return fileProblem(`${path} is not a regular file`);
      const problem = accessProblem(path, stats);
      if (problem !== undefined) return problem;
      if (stats.nlink > 1) return fileProblem(`${path} has more than one hard link`);
      writeSync(file, content, 0, content.length, 0);
      if (stats.size > content.length) ftruncateSync(file, content.length);
      return undefined;
    } catch (error) {
      return systemProblem(path, error);
    } finally {
      if (file !== undefined) closeQuietly(file);
    }
  },

  createOnce(path, content) {
    return throughTemporary(path, content, (temporary) => {
      // A link fails if the file exists; a rename would replace a file that other processes use
      // already.
      linkSync(temporary, path);
      unlinkSync(temporary);
    });
  },
};

/**
 * Creates a folder and those above it that are missing, with mode 0700. Not mkdir's `recursive`: for
 * a folder in which none can be created, such as /proc, that tries again without end (ENOENT from
 * mkdir although the folder above exists).
 * @throws Error of the file system
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; statSync(folder, { throwIfNoEntry: false }) === undefined; ) {
    missing.unshift(folder);
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  for (const folder of missing) makeOne(folder);
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    // Another process can have created it in the meantime.
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!isThere || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw error;
  }
}

function throughTemporary(
  path: string,
  content: Buffer,
  place: (temporary: string) => void,
): FileProblem | undefined {
  try {
    writeAtomically(content, { prefix: path, place });
    return undefined;
  } catch (error) {
    return systemProblem(path, error);
  }
}

function readWhole(file: number, size: number): Buffer {
  const buffer = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const got = readSync(file, buffer, length, size - length, null);
    if (got === 0) break;
    length += got;
  }
  return buffer.subarray(0, length);
}

/**
 * A problem with owner or mode. Windows has neither: its profile folders inherit private access.
 */
function accessProblem(path: string, stats: Stats): FileProblem | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  if (stats.uid !== uid) {
    return fileProblem(`${path} belongs to user id ${stats.uid}, not to ${uid}`);
  }
  if ((stats.mode & 0o077) !== 0) {
    return fileProblem(`${path} is open to others (mode ${(stats.mode & 0o777).toString(8)})`);
  }
  return undefined;
}

/** Whether the path leads through something that is not a folder, or that this user cannot enter. */
function isOutOfReach(path: string, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES') return code === 'ENOTDIR';
  try {
    lstatSync(path);
    return false;
  } catch {
    return true;
  }
}

function fileProblem(reason: string): FileProblem {
  return { reason, absent: false };
}

function systemProblem(path: string, error: unknown): FileProblem {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const reason = code === 'ELOOP' ? 'is a symbolic link' : `cannot be used: ${code}`;
  return { reason: `${path} ${reason}`, absent: code === 'ENOENT' };
}
