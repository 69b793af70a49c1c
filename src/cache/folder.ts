import { isAbsolute, join } from 'node:path';

/**
 * What the cache needs of the outside: files that are ours and closed to others, opened without
 * following links and checked after opening. Nothing here throws; trouble comes back as a reason.
 */
export interface PrivateFiles {
  /** Checks that a folder is ours and closed to others; `create` makes it (0700) if missing. */
  checkFolder(path: string, create: boolean): Trouble | undefined;
  read(path: string, maxBytes: number): Buffer | Trouble;
  /** Writes by a temporary file and a rename: readers see the old file, the new one, or none. */
  replace(path: string, content: Buffer): Trouble | undefined;
  /** Writes in place: quick, and readers may see half of it. For what may be lost. */
  overwrite(path: string, content: Buffer): Trouble | undefined;
  /** Writes only if there is no such file yet, and whole or not at all. */
  createOnce(path: string, content: Buffer): Trouble | undefined;
}

/** Why a file or folder could not be used. */
export interface Trouble {
  readonly reason: string;
  /** True if it is merely not there. */
  readonly absent: boolean;
}

export function isTrouble(value: unknown): value is Trouble {
  return typeof value === 'object' && value !== null && 'reason' in value;
}

/** Where the cache lives: its leaf folder, and the folder of the key that seals it. */
export interface CachePlace {
  readonly leaf: string;
  readonly keyFolders: readonly string[];
}

/** The platform's folders for this program; undefined where there is no home. */
export interface PlatformFolders {
  readonly cache: string;
  readonly data: string;
}

/**
 * The cache's place: a leaf folder of our own in `cache-dir`, or the platform's. The sealing key
 * lies in the platform's data folder, so that who reads the cache folder cannot open an entry; in
 * the leaf itself where there is no data folder.
 * @param cwd makes a relative `cache-dir` absolute
 */
export function cachePlace(
  cacheDir: string | undefined,
  folders: PlatformFolders | undefined,
  cwd: () => string,
): CachePlace | undefined {
  if (cacheDir !== undefined) {
    const parent = isAbsolute(cacheDir) ? cacheDir : join(cwd(), cacheDir);
    const leaf = join(parent, 'dexchange');
    return { leaf, keyFolders: folders === undefined ? [leaf] : [folders.data, leaf] };
  }
  if (folders === undefined) return undefined;
  return { leaf: folders.cache, keyFolders: [folders.data, folders.cache] };
}
