import type { CacheFile, CacheFiles, Instant } from '../ports.ts';
import { elapsedMs, readInstant } from './instant.ts';
import { peekHeader } from './record.ts';

const minuteMs = 60_000;

/** Temporary files exist for milliseconds, locks for the duration of a request. */
const staleTemporaryMs = 10 * minuteMs;
const staleLockMs = 10 * minuteMs;
const staleMarkerMs = 24 * 60 * minuteMs;

/** More than the size of a header, which is a few hundred bytes. */
const headerBytes = 8192;

/**
 * Whether a file in the cache folder is stale: an expired credential, remembered failure or marker,
 * or a temporary file or lock that a killed process left behind. False for names that this program
 * does not create.
 * @param head reads the first bytes of the file; returns undefined if it cannot be read
 */
export function isStale(file: CacheFile, head: () => Buffer | undefined, now: Instant): boolean {
  // The absolute value, because a file can be dated in the future if the clock was set back.
  const ageMs = Math.abs(now.wallMs - file.modifiedMs);
  if (file.isFolder) return lockName.test(file.name) && ageMs > staleLockMs;
  if (temporaryName.test(file.name)) return ageMs > staleTemporaryMs;
  if (markerName.test(file.name)) return ageMs > staleMarkerMs;
  if (!recordName.test(file.name)) return false;
  const header = peekHeader(head() ?? Buffer.alloc(0));
  const obtained = readInstant(header?.['obtained']);
  const lifeMs = header?.['lifeMs'];
  // An unreadable file is damaged or of another version, so only its modification time counts.
  if (obtained === undefined || typeof lifeMs !== 'number') return ageMs > staleMarkerMs;
  const elapsed = elapsedMs(obtained, now);
  if (elapsed === undefined) return ageMs > staleMarkerMs;
  // One minute of tolerance, because the clock of another machine can be slow.
  return elapsed > lifeMs + minuteMs;
}

const lockName = /^[0-9a-f]{32}\.lock$/;
const recordName = /^[0-9a-f]{32}\.(?:entry|refusal)$/;
const markerName = /^[0-9a-f]{32}\.asked$/;
const temporaryName = /^(?:[0-9a-f]{32}\.(?:entry|refusal)|key)\.[0-9a-f]{16}\.tmp$/;

/** Whether a file name in the cache folder is one that this program creates. */
export function isCacheFileName(name: string): boolean {
  return [lockName, recordName, markerName, temporaryName].some((pattern) => pattern.test(name));
}

/**
 * Finds stale files in a cache folder, one after the other.
 * @param limit the maximum number of files to look at
 * @param hasTime called before each file that is looked at; the search stops when it returns false
 */
export function* staleFiles(
  folder: string,
  files: CacheFiles,
  now: Instant,
  limit: number,
  hasTime = (): boolean => true,
): Generator<CacheFile> {
  for (const file of files.list(folder, limit)) {
    if (!hasTime()) return;
    if (isStale(file, () => files.readStart(folder, file.name, headerBytes), now)) yield file;
  }
}

/**
 * Removes stale files from a cache folder.
 * @param hasTime called before each file; clean-up stops when it returns false, so a large folder is
 *   cleaned over many calls
 * @param limit the maximum number of files to look at
 * @returns the names of the removed files
 */
export function cleanUp(
  folder: string,
  files: CacheFiles,
  now: Instant,
  hasTime: () => boolean,
  limit = 1000,
): readonly string[] {
  const removed: string[] = [];
  for (const file of staleFiles(folder, files, now, limit, hasTime)) {
    if (files.remove(folder, file)) removed.push(file.name);
  }
  return removed;
}
