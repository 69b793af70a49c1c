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
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { FileProblem, PrivateFiles } from '../ports.ts';
import { closeQuietly, writeAtomically } from './atomic-file.ts';

const { O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;

/** The cache's files on a real file system; `PrivateFiles` documents the rules of each function. */
export const privateFiles: PrivateFiles = {
  checkFolder(path, create) {
    try {
      if (create) mkdirSync(path, { recursive: true, mode: 0o700 });
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
      return systemProblem(path, error);
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

function fileProblem(reason: string): FileProblem {
  return { reason, absent: false };
}

function systemProblem(path: string, error: unknown): FileProblem {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const reason = code === 'ELOOP' ? 'is a symbolic link' : `cannot be used: ${code}`;
  return { reason: `${path} ${reason}`, absent: code === 'ENOENT' };
}
