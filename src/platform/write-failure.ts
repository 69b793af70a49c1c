import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';

/** Why a file could not be written, and what to do. */
interface Cause {
  readonly reason: string;
  readonly hint: string;
}

/**
 * The error for a file that could not be written, with the reason that the system gave.
 * @param error thrown by the file system; a DexchangeError, or one without a code, is returned as it is
 * @returns DexchangeError file_not_written
 */
export function writeFailure(error: unknown, path: string): unknown {
  if (error instanceof DexchangeError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const { reason, hint } = causes[code] ?? unknownCause;
  const why = reason === '' ? code : `${reason} (${code})`;
  return new DexchangeError('file_not_written', `${quotePath(path)} cannot be written: ${why}`, {
    hint: `${hint}; nothing was written`,
    cause: error,
  });
}

const unknownCause: Cause = {
  reason: '',
  hint: 'name a file in another folder, or check the disk',
};

const causes: Readonly<Record<string, Cause>> = {
  EACCES: {
    reason: 'permission denied',
    hint: 'check the permissions of the file and its folder, or name another file',
  },
  EPERM: {
    reason: 'the system does not permit it',
    hint: 'check the owner and the attributes of the file and its folder, such as immutable, or name another file',
  },
  EROFS: {
    reason: 'the file system is read-only',
    hint: 'name a file on another file system, or mount this one writable',
  },
  ENOSPC: { reason: 'no space is left on the disk', hint: 'free space on the disk' },
  EDQUOT: {
    reason: 'the disk quota of the user is used up',
    hint: 'remove files of this user, or raise the quota',
  },
  EFBIG: {
    reason: 'the file would be larger than the limit',
    hint: 'raise the limit of the process (`ulimit -f`) or of the file system',
  },
  ENOENT: {
    reason: 'a folder of the path does not exist',
    hint: 'name another folder, or create the one that a symbolic link leads to',
  },
  ENOTDIR: {
    reason: 'a part of the path is a file, not a folder',
    hint: 'name a file in a folder',
  },
  EISDIR: { reason: 'it is a folder', hint: 'name a file in it' },
  ELOOP: {
    reason: 'the symbolic links form a loop',
    hint: 'remove the loop, or name another file',
  },
  ENAMETOOLONG: { reason: 'the name is too long', hint: 'use a shorter name' },
  EBUSY: {
    reason: 'it is in use',
    hint: 'run the command again when the other program has finished, or name another file',
  },
  EIO: { reason: 'the disk reports an error', hint: 'check the disk, or name another file' },
  EMFILE: {
    reason: 'too many files are open',
    hint: 'raise the limit of the process (`ulimit -n`)',
  },
  ENFILE: { reason: 'too many files are open', hint: 'run the command again later' },
  ESTALE: {
    reason: 'another process wrote the file at the same time',
    hint: 'run the command again',
  },
};
