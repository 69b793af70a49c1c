import { cleanUp, isOurName } from '../cache/clean-up.ts';
import { cachePlace } from '../cache/folder.ts';
import { elapsedMs, readInstant } from '../cache/instant.ts';
import { peekHeader } from '../cache/record.ts';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import type { CacheFiles, Instant, Runtime } from '../ports.ts';
import { sanitize } from '../sanitize.ts';

/** What the clear header of a cached credential or refusal says; times in whole seconds. */
export interface CacheItem {
  readonly key: string;
  readonly kind: 'token' | 'refusal';
  readonly dex: string;
  readonly connector: string;
  readonly ageSeconds: number;
  /** Zero or less when it is over. */
  readonly remainingSeconds: number;
  readonly bytes: number;
}

/** More files than any cache has: a bound against folders that are none. */
const mostFiles = 100_000;

/** Headers are a few hundred bytes. */
const headerBytes = 8192;

/**
 * The folder of the cache, whether it is there yet or not.
 * @throws DexchangeError setting_missing where there is no home, setting_invalid if it is not ours
 */
export async function findCache(settings: Settings, runtime: Runtime): Promise<string> {
  const folders = await runtime.platformFolders();
  const place = cachePlace(settings.value('cache-dir'), folders, runtime.cwd);
  if (place === undefined) {
    throw new DexchangeError(
      'setting_missing',
      'there is no cache, since there is no home folder',
      {
        hint: 'name a folder by --cache-dir or DEXCHANGE_CACHE_DIR',
      },
    );
  }
  const trouble = runtime.privateFiles.checkFolder(place.leaf, false);
  if (trouble !== undefined && !trouble.absent) {
    throw new DexchangeError('setting_invalid', `the cache is not used: ${trouble.reason}`, {
      hint: 'it must be a folder of the user who runs this, with mode 0700: remove it, or name another by --cache-dir',
    });
  }
  return place.leaf;
}

/** What lies in the cache, oldest first, by its clear headers: nothing is opened. */
export function listCache(folder: string, files: CacheFiles, now: Instant): readonly CacheItem[] {
  const items = [...files.list(folder, mostFiles)].flatMap((file): CacheItem[] => {
    const [key = '', ending] = file.name.split('.');
    if (!isOurName(file.name) || (ending !== 'entry' && ending !== 'refusal')) return [];
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
        // Not authenticated here, and about to be shown.
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

/** Removes what is of no use any more, and gives the names that are gone. */
export function pruneCache(folder: string, files: CacheFiles, now: Instant): readonly string[] {
  return cleanUp(folder, files, now, () => true, mostFiles);
}

/**
 * Removes all entries, or those whose key begins with one of the prefixes, with what belongs to
 * them, and gives the names that are gone. Locks stay: their holders are at work.
 */
export function clearCache(
  folder: string,
  files: CacheFiles,
  prefixes: readonly string[],
): readonly string[] {
  const meant = (name: string): boolean =>
    prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  return [...files.list(folder, mostFiles)]
    .filter((file) => !file.isFolder && isOurName(file.name) && meant(file.name))
    .filter((file) => files.remove(folder, file))
    .map((file) => file.name);
}
