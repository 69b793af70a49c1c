import { renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { writeAtomically } from './atomic-file.ts';
import { removeLeftovers } from './leftovers.ts';
import { makeFolder } from './private-files.ts';
import { resolveTarget } from './resolve-target.ts';

/**
 * Replaces a token file (0600) atomically: a reader gets the old token or the new one. Follows a link
 * as `resolveTarget` does, creates the folder (0700), and removes the temporary files of killed writers.
 * @throws DexchangeError file_not_written
 */
export function writeTokenFile(path: string, token: Secret): void {
  try {
    makeFolder(dirname(path));
    const { path: target, stats } = resolveTarget(path);
    if (stats?.isFile() === false) {
      throw notWritten(path, 'is not a regular file', 'name a regular file or a new one');
    }
    const name = `.${basename(target)}`;
    removeLeftovers(dirname(target), name);
    writeAtomically(Buffer.from(token.reveal()), {
      prefix: join(dirname(target), name),
      place: (temporary) => renameSync(temporary, target),
    });
  } catch (error) {
    if (error instanceof DexchangeError) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw notWritten(
      path,
      `cannot be written: ${code}`,
      'set --token-file to a file in a folder that this user can write, with free space',
    );
  }
}

function notWritten(path: string, what: string, hint: string): DexchangeError {
  return new DexchangeError('file_not_written', `${quotePath(path)} ${what}`, { hint });
}
