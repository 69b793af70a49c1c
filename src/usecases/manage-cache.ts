import { cleanUp, isCacheFileName } from '../cache/clean-up.ts';
import { cachePlace } from '../cache/folder.ts';
import { elapsedMs, readInstant } from '../cache/instant.ts';
import { peekHeader } from '../cache/record.ts';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import type { CacheFiles, Instant, Runtime } from '../ports.ts';
import { sanitize } from '../sanitize.ts';

/**
 * A cached credential or remembered failure, as its clear header describes it; times in seconds.
 */
export interface CacheItem {
  readonly key: string;
  readonly kind: 'token' | 'refusal';
  readonly dex: string;
  readonly connector: string;
  readonly ageSeconds: number;
  /** Zero or less if it has expired. */
  readonly remainingSeconds: number;
  readonly bytes: number;
}

/** More files than a cache has: a limit in case the folder is not a cache. */
const maxFiles = 100_000;

/** The limit of a header, which is a few hundred bytes long. */
const headerBytes = 8192;

/**
 * The folder of the cache, which may not exist yet.
 * @throws DexchangeError setting_missing if there is no home folder; setting_invalid if the folder
 *   is not private to the current user
 */
export async function findCache(settings: Settings, runtime: Runtime): Promise<string> {
  const folders = await runtime.platformFolders();
  const place = cachePlace(settings.value('cache-dir'), folders, runtime.cwd);
  if (place === undefined) {
    throw new DexchangeError(
      'setting_missing',
      'there is no cache, because there is no home folder',
      {
        hint: 'set --cache-dir or DEXCHANGE_CACHE_DIR to a folder',
      },
    );
  }
  const problem = runtime.privateFiles.checkFolder(place.leaf, false);
  if (problem !== undefined && !problem.absent) {
    throw new DexchangeError('setting_invalid', `the cache is not used: ${problem.reason}`, {
      hint: 'remove the folder, or set --cache-dir to another one: the cache needs a folder with mode 0700 that belongs to the current user',
    });
  }
  return place.leaf;
}

/** Lists the cache, oldest entry first, from clear headers without decrypting anything. */
export function listCache(folder: string, files: CacheFiles, now: Instant): readonly CacheItem[] {
  const items = [...files.list(folder, maxFiles)].flatMap((file): CacheItem[] => {
    const [key = '', ending] = file.name.split('.');
    if (!isCacheFileName(file.name) || (ending !== 'entry' && ending !== 'refusal')) return [];
    const header = peekHeader(files.readStart(folder, file.name, headerBytes) ?? Buffer.alloc(0));
    const obtained = readInstant(header?.['obtained']);
    const lifeMs = header?.['lifeMs'];
    if (header === undefined || obtained === undefined || typeof lifeMs !== 'number') return [];
    const { dex, connector } = header;
    if (typeof dex !== 'string' || typeof connector !== 'string') return [];
    const ageMs = elapsedMs(obtained, now) ?? 0;
    return [
      {
        key,
        kind: ending === 'entry' ? 'token' : 'refusal',
        // The header is not authenticated here, so its text is untrusted.
        dex: sanitize(dex),
        connector: sanitize(connector),
        ageSeconds: Math.round(ageMs / 1000),
        remainingSeconds: Math.round((lifeMs - ageMs) / 1000),
        bytes: file.bytes,
      },
    ];
  });
  return items.sort((a, b) => b.ageSeconds - a.ageSeconds);
}

/** Removes expired files and leftovers, and returns the names of the removed files. */
export function pruneCache(folder: string, files: CacheFiles, now: Instant): readonly string[] {
  return cleanUp(folder, files, now, () => true, maxFiles);
}

/**
 * Removes all entries, or those whose key starts with one of the prefixes, with the files that
 * belong to them. Locks stay, because their holders are still working.
 * @returns the names of the removed files
 */
export function clearCache(
  folder: string,
  files: CacheFiles,
  prefixes: readonly string[],
): readonly string[] {
  const matches = (name: string): boolean =>
    prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  return [...files.list(folder, maxFiles)]
    .filter((file) => !file.isFolder && isCacheFileName(file.name) && matches(file.name))
    .filter((file) => files.remove(folder, file))
    .map((file) => file.name);
}
