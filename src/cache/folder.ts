import { isAbsolute, join } from 'node:path';
import type { FileProblem, PlatformFolders } from '../ports.ts';

export function isFileProblem(value: unknown): value is FileProblem {
  return typeof value === 'object' && value !== null && 'reason' in value;
}

/** Where the cache lives: its leaf folder, and the folder of the key that seals it. */
export interface CachePlace {
  readonly leaf: string;
  readonly keyFolders: readonly string[];
}

/** Why a call has no cache. */
export interface CacheOff {
  readonly off: string;
}

/** Whether a call has no cache. */
export function isCacheOff(place: CachePlace | CacheOff): place is CacheOff {
  return 'off' in place;
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
