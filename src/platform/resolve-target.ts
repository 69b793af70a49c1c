import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, sep } from 'node:path';
import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';

/** As many links as Linux follows (path_resolution(7)). */
const maxLinks = 40;

/** The file that a path leads to. */
export interface ResolvedTarget {
  /** The path after all links of its last component. */
  readonly path: string;
  /** Undefined if it does not exist. */
  readonly stats: Stats | undefined;
}

/**
 * Follows the links of a path's last component, also to a file that does not exist yet, where
 * realpath fails. A link of another user is followed only to a file of the same user, so that nobody
 * can direct what root writes into his folder to another file (as the kernel's protected_symlinks
 * does for /tmp).
 * @throws DexchangeError file_not_written
 * @throws Error of the file system
 */
export function resolveTarget(path: string): ResolvedTarget {
  const foreignOwners = new Set<number>();
  let current = path;
  for (let links = 0; links <= maxLinks; links++) {
    const stats = lstatSync(current, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) {
      for (const owner of foreignOwners) {
        if (stats?.uid !== owner) throw foreignLink(path, owner);
      }
      // The text of a link below /proc/self/fd, such as `pipe:[1]`, is not a path.
      return { path: current, stats: stats ?? statSync(path, { throwIfNoEntry: false }) };
    }
    if (stats.uid !== process.geteuid?.() && stats.uid !== 0) foreignOwners.add(stats.uid);
    const link = readlinkSync(current);
    // Not joined and normalized: `..` after a linked folder would lead elsewhere.
    current = isAbsolute(link) ? link : `${realpathSync(dirname(current))}${sep}${link}`;
  }
  throw new DexchangeError('file_not_written', `${quotePath(path)} is a loop of symbolic links`, {
    hint: 'name a file, or remove the links',
  });
}

function foreignLink(path: string, owner: number): DexchangeError {
  return new DexchangeError(
    'file_not_written',
    `${quotePath(path)} is a symbolic link of user id ${owner} to a file that does not belong to that user`,
    { hint: 'name the file itself instead of the link' },
  );
}
