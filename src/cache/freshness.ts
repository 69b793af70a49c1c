import type { Instant } from '../ports.ts';
import type { Entry } from './entry.ts';
import { elapsedMs } from './instant.ts';

/**
 * How old a credential is. `fresh` may be used as it is; `aging` may, but is due for renewal;
 * `expired` may not. `remainingMs` is what is left of it, less what it is reported short.
 */
export interface Freshness {
  readonly state: 'fresh' | 'aging' | 'expired';
  readonly remainingMs: number;
}

type Life = Pick<Entry, 'obtained' | 'lifeMs'>;

/**
 * How much earlier than its end a credential is reported to end, so that a client asks again
 * before the API server says 401: 10 s, at most a tenth of its life. In milliseconds.
 */
export function reportedEarlyMs({ lifeMs }: Pick<Entry, 'lifeMs'>): number {
  return Math.min(10_000, lifeMs / 10);
}

/**
 * The state of a credential at a moment.
 * @param refreshBeforeMs how long before the end renewal is due; undefined is a fifth of the life,
 *   at most 5 minutes
 */
export function freshness(
  entry: Life,
  now: Instant,
  refreshBeforeMs: number | undefined,
): Freshness {
  const elapsed = elapsedMs(entry.obtained, now);
  if (elapsed === undefined) return { state: 'expired', remainingMs: 0 };
  const leftMs = entry.lifeMs - elapsed;
  const remainingMs = leftMs - reportedEarlyMs(entry);
  if (remainingMs <= 0) return { state: 'expired', remainingMs: 0 };
  const beforeMs = Math.min(
    refreshBeforeMs ?? Math.min(entry.lifeMs / 5, 5 * 60_000),
    // Renewed on every call, a credential would not be cached at all.
    entry.lifeMs * 0.9,
  );
  return { state: leftMs <= beforeMs ? 'aging' : 'fresh', remainingMs };
}
