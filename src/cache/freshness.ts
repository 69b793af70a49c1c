import type { Entry } from './entry.ts';

/** How old a credential is: `fresh` may be used as it is, `aging` may, but is due for renewal. */
export type Freshness = 'fresh' | 'aging' | 'expired';

/**
 * How much earlier than its end a credential is reported to end, so that a client asks again
 * before the API server says 401: 10 s, at most a tenth of its life. In milliseconds.
 */
export function reportedEarlyMs(entry: Pick<Entry, 'obtainedMs' | 'expiresMs'>): number {
  return Math.min(10_000, (entry.expiresMs - entry.obtainedMs) / 10);
}

/**
 * The state of an entry at a local time.
 * @param refreshBeforeMs how long before the end renewal is due; undefined is a fifth of the life,
 *   at most 5 minutes
 */
export function freshness(
  entry: Pick<Entry, 'obtainedMs' | 'expiresMs'>,
  nowMs: number,
  refreshBeforeMs: number | undefined,
): Freshness {
  const lifeMs = entry.expiresMs - entry.obtainedMs;
  // The clock was set back since: how much of the life is left can no longer be told.
  if (nowMs < entry.obtainedMs - 1000) return 'expired';
  if (nowMs >= entry.expiresMs - reportedEarlyMs(entry)) return 'expired';
  const beforeMs = refreshBeforeMs ?? Math.min(lifeMs / 5, 5 * 60_000);
  return nowMs >= entry.expiresMs - beforeMs ? 'aging' : 'fresh';
}
