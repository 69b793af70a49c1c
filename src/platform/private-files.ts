import { randomBytes } from 'node:crypto';
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

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;

/** The cache's files on a real file system; see PrivateFiles for the rules each call keeps. */
export const privateFiles: PrivateFiles = {
  checkFolder(path, create) {
    try {
      if (create) mkdirSync(path, { recursive: true, mode: 0o700 });
      const stats = lstatSync(path);
      if (stats.isSymbolicLink()) return trouble(`${path} is a symbolic link`);
      if (!stats.isDirectory()) return trouble(`${path} is not a folder`);
      return exposure(path, stats);
    } catch (error) {
      return failed(path, error);
    }
  },

  read(path, maxBytes) {
    let file: number | undefined;
    try {
      // Not blocking: a FIFO put in a file's place must not hang the caller.
      file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const stats = fstatSync(file);
      if (!stats.isFile()) return trouble(`${path} is not a regular file`);
      const open = exposure(path, stats);
      if (open !== undefined) return open;
      if (stats.size > maxBytes) return trouble(`${path} is larger than ${maxBytes} bytes`);
      return readWhole(file, stats.size);
    } catch (error) {
      return failed(path, error);
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
      if (!stats.isFile()) return trouble(`${path} is not a regular file`);
      const open = exposure(path, stats);
      if (open !== undefined) return open;
      if (stats.nlink > 1) return trouble(`${path} has another name, too`);
      writeSync(file, content, 0, content.length, 0);
      if (stats.size > content.length) ftruncateSync(file, content.length);
      return undefined;
    } catch (error) {
      return failed(path, error);
    } finally {
      if (file !== undefined) closeQuietly(file);
    }
  },

  createOnce(path, content) {
    return throughTemporary(path, content, (temporary) => {
      // A link fails if the name is taken, where a rename would replace what others use already.
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
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  let file: number | undefined;
  let exists = false;
  try {
    file = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    exists = true;
    for (let written = 0; written < content.length; ) written += writeSync(file, content, written);
    closeSync(file);
    file = undefined;
    place(temporary);
    return undefined;
  } catch (error) {
    if (file !== undefined) closeQuietly(file);
    if (exists) unlinkQuietly(temporary);
    return failed(path, error);
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

/** Windows has no such owner and mode; its profile folders are closed to others by inheritance. */
function exposure(path: string, stats: Stats): FileProblem | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  if (stats.uid !== uid) {
    return trouble(`${path} belongs to user id ${stats.uid}, not to ${uid} who runs this`);
  }
  if ((stats.mode & 0o077) !== 0) {
    return trouble(`${path} is open to others (mode ${(stats.mode & 0o777).toString(8)})`);
  }
  return undefined;
}

function trouble(reason: string): FileProblem {
  return { reason, absent: false };
}

function failed(path: string, error: unknown): FileProblem {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const reason = code === 'ELOOP' ? 'is a symbolic link' : `cannot be used: ${code}`;
  return { reason: `${path} ${reason}`, absent: code === 'ENOENT' };
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // The write's own error is the one to tell.
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is a temporary file that clean-up will find.
  }
}
