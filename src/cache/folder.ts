import { isAbsolute, join } from 'node:path';
import type { FileProblem, PlatformFolders } from '../ports.ts';

/** Whether a result of PrivateFiles is a problem. */
export function isFileProblem(value: unknown): value is FileProblem {
  return typeof value === 'object' && value !== null && 'reason' in value;
}

/** The folder of the cache files, and the possible folders of the sealing key, in order. */
export interface CachePlace {
  readonly leaf: string;
  readonly keyFolders: readonly string[];
}

/** The reason why a call does not use the cache. */
export interface CacheOff {
  readonly off: string;
  /** Whether a cache would be of no use to the call. */
  readonly isNeedless?: boolean;
}

/** Whether a call does not use the cache. */
export function isCacheOff(place: CachePlace | CacheOff): place is CacheOff {
  return 'off' in place;
}

/**
 * Returns the folders of the cache: `dexchange` in `cache-dir`, or the platform's cache folder. The
 * sealing key is in the platform's data folder, so that access to the cache folder alone is not
 * enough to decrypt an entry; without a data folder it is in the cache folder.
 * @param cwd the base of a relative `cache-dir`
 * @returns undefined if there is neither a `cache-dir` nor a home folder
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
