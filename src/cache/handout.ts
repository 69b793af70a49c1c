import type { Instant } from '../ports.ts';
import type { Entry } from './entry.ts';
import { elapsedMs } from './instant.ts';

/**
 * Which processes got a credential. After a 401 of the API server, client-go runs the plugin again
 * without telling it about the 401. If the same process requests the same credential twice long
 * before it expires, the API server has rejected it. This is stored in an unencrypted, optional
 * marker file; an invalid marker is ignored.
 */
export interface Handout {
  /** Identifies the entry: the wall-clock time when it was obtained. */
  readonly entryMs: number;
  /** The processes that got it, newest last. */
  readonly parents: readonly string[];
  /** When the cache was last bypassed for this reason, in milliseconds since the epoch. */
  readonly bypassedMs: number;
}

/** The number of processes to remember: keeps the marker smaller than a disk block. */
const maxParents = 32;

/** Do not replace a younger credential: a client whose requests always fail would loop. */
const minAgeMs = 10_000;

/** The minimum time between two bypasses of the cache. */
const betweenBypassesMs = 60_000;

/** Whether the API server must have rejected this entry, because its process requests it again. */
export function wasRejected(
  handout: Handout | undefined,
  entry: Entry,
  parent: string,
  now: Instant,
): boolean {
  if (handout === undefined || handout.entryMs !== entry.obtained.wallMs) return false;
  if (!handout.parents.includes(parent)) return false;
  const ageMs = elapsedMs(entry.obtained, now);
  if (ageMs === undefined || ageMs < minAgeMs) return false;
  return Math.abs(now.wallMs - handout.bypassedMs) >= betweenBypassesMs;
}

/** Adds a process to the marker of an entry; undefined if the marker already contains it. */
export function withParent(
  handout: Handout | undefined,
  entry: Entry,
  parent: string,
): Handout | undefined {
  const same = handout?.entryMs === entry.obtained.wallMs ? handout.parents : [];
  if (same.includes(parent)) return undefined;
  return {
    entryMs: entry.obtained.wallMs,
    parents: [...same, parent].slice(-maxParents),
    // Kept across entries, because the API server can reject a renewed one as well.
    bypassedMs: handout?.bypassedMs ?? 0,
  };
}

/** Sets the time of the last bypass to now. */
export function withBypass(handout: Handout, now: Instant): Handout {
  return { ...handout, bypassedMs: now.wallMs };
}

/** Formats the content of a marker file. */
export function formatHandout({ entryMs, bypassedMs, parents }: Handout): Buffer {
  return Buffer.from(`${[entryMs, bypassedMs, ...parents].join('\n')}\n`);
}

/** Parses a marker file; undefined if it is invalid. */
export function parseHandout(file: Buffer): Handout | undefined {
  const [entry, bypassed, ...parents] = file.toString('latin1').split('\n');
  const entryMs = Number(entry);
  const bypassedMs = Number(bypassed);
  if (!Number.isFinite(entryMs) || !Number.isFinite(bypassedMs) || bypassed === '') {
    return undefined;
  }
  return {
    entryMs,
    bypassedMs,
    parents: parents.filter((parent) => parent !== '').slice(-maxParents),
  };
}
