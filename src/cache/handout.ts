import type { Instant } from '../ports.ts';
import type { Entry } from './entry.ts';
import { elapsedMs } from './instant.ts';

/**
 * Who was given a credential: client-go runs the plugin again after the API server said 401, and
 * tells it nothing. The same process that asks twice for the same credential, long before its end,
 * was refused. A marker beside the entry, neither sealed nor needed: what is odd in it is no marker.
 */
export interface Handout {
  /** Wall-clock time of the entry that was given: a later one is another entry. */
  readonly entryMs: number;
  /** The processes it was given to, newest last. */
  readonly parents: readonly string[];
  /** When the cache was last bypassed for this reason, in milliseconds since the epoch. */
  readonly bypassedMs: number;
}

/** So many processes are remembered; the marker stays smaller than a disk block. */
const mostParents = 32;

/** A younger credential was not refused for its age: a loop would ask for ever. */
const leastAgeMs = 10_000;

/** The cache is bypassed at most once in this time for an entry. */
const betweenBypassesMs = 60_000;

/** Whether a process that asks for a fresh entry must have been refused with it. */
export function wasRejected(
  asked: Handout | undefined,
  entry: Entry,
  parent: string,
  now: Instant,
): boolean {
  if (asked === undefined || asked.entryMs !== entry.obtained.wallMs) return false;
  if (!asked.parents.includes(parent)) return false;
  const ageMs = elapsedMs(entry.obtained, now);
  if (ageMs === undefined || ageMs < leastAgeMs) return false;
  return Math.abs(now.wallMs - asked.bypassedMs) >= betweenBypassesMs;
}

/** The marker after an entry was given to a process; undefined if it says so already. */
export function withParent(
  asked: Handout | undefined,
  entry: Entry,
  parent: string,
): Handout | undefined {
  const same = asked?.entryMs === entry.obtained.wallMs ? asked.parents : [];
  if (same.includes(parent)) return undefined;
  return {
    entryMs: entry.obtained.wallMs,
    parents: [...same, parent].slice(-mostParents),
    // Kept across entries: a renewed one may be refused just the same.
    bypassedMs: asked?.bypassedMs ?? 0,
  };
}

/** The marker of a bypass that begins now. */
export function withBypass(asked: Handout, now: Instant): Handout {
  return { ...asked, bypassedMs: now.wallMs };
}

/** A marker's bytes. */
export function formatHandout({ entryMs, bypassedMs, parents }: Handout): Buffer {
  return Buffer.from(`${[entryMs, bypassedMs, ...parents].join('\n')}\n`);
}

/** The marker in a file's bytes; undefined if they are none. */
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
    parents: parents.filter((parent) => parent !== '').slice(-mostParents),
  };
}
