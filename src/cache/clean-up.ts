import type { CacheFile, CacheFiles, Instant } from '../ports.ts';
import { elapsedMs, readInstant } from './instant.ts';
import { peekHeader } from './record.ts';

const minuteMs = 60_000;

/** Temporary files live for milliseconds, locks for the length of a request. */
const staleTemporaryMs = 10 * minuteMs;
const staleLockMs = 10 * minuteMs;
const staleMarkerMs = 24 * 60 * minuteMs;

/** Headers are a few hundred bytes. */
const headerBytes = 8192;

/**
 * Whether a file of the cache is of no use to anybody any more: an expired credential, a forgotten
 * refusal or marker, a temporary file or lock of a process that is gone. Names that are not of our
 * making are never touched.
 * @param head the first bytes of an entry or refusal, if it could be read
 */
export function isLitter(file: CacheFile, head: () => Buffer | undefined, now: Instant): boolean {
  // Either way: what was written under a clock that has been set back since is not young.
  const ageMs = Math.abs(now.wallMs - file.modifiedMs);
  if (file.isFolder) return lockName.test(file.name) && ageMs > staleLockMs;
  if (temporaryName.test(file.name)) return ageMs > staleTemporaryMs;
  if (markerName.test(file.name)) return ageMs > staleMarkerMs;
  if (!recordName.test(file.name)) return false;
  const header = peekHeader(head() ?? Buffer.alloc(0));
  const obtained = readInstant(header?.['obtained']);
  const lifeMs = header?.['lifeMs'];
  // What cannot be read is of another version or damaged: left alone until it is surely old.
  if (obtained === undefined || typeof lifeMs !== 'number') return ageMs > staleMarkerMs;
  const elapsed = elapsedMs(obtained, now);
  if (elapsed === undefined) return ageMs > staleMarkerMs;
  // A minute more than its life: another machine's clock may be a little behind.
  return elapsed > lifeMs + minuteMs;
}

const lockName = /^[0-9a-f]{32}\.lock$/;
const recordName = /^[0-9a-f]{32}\.(?:entry|refusal)$/;
const markerName = /^[0-9a-f]{32}\.asked$/;
const temporaryName = /^(?:[0-9a-f]{32}\.(?:entry|refusal)|key)\.[0-9a-f]{16}\.tmp$/;

/** Whether a name in the cache folder is one that this program gives. */
export function isOurName(name: string): boolean {
  return [lockName, recordName, markerName, temporaryName].some((pattern) => pattern.test(name));
}

/**
 * Removes litter from a cache folder.
 * @param mayGoOn asked before each file, so that a large folder is cleaned over many calls
 * @returns the names that are gone
 */
export function cleanUp(
  folder: string,
  files: CacheFiles,
  now: Instant,
  mayGoOn: () => boolean,
  most = 1000,
): readonly string[] {
  const removed: string[] = [];
  for (const file of files.list(folder, most)) {
    if (!mayGoOn()) break;
    const head = (): Buffer | undefined => files.readStart(folder, file.name, headerBytes);
    if (isLitter(file, head, now) && files.remove(folder, file)) removed.push(file.name);
  }
  return removed;
}
