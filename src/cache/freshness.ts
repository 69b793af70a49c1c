import type { Instant } from '../ports.ts';
import type { Entry } from './entry.ts';
import { elapsedMs } from './instant.ts';

/**
 * How old a credential is. `fresh`: use it. `aging`: use it, but it is due for renewal. `expired`:
 * do not use it. `remainingMs` is the remaining life in milliseconds, minus `reportedEarlyMs`.
 */
export interface Freshness {
  readonly state: 'fresh' | 'aging' | 'expired';
  readonly remainingMs: number;
}

type Life = Pick<Entry, 'obtained' | 'lifeMs'>;

/**
 * How much earlier than its real expiry a credential is reported to expire, in milliseconds, so
 * that a client requests a new one before the API server answers 401: 10 s, but at most a tenth of
 * the credential's life.
 */
export function reportedEarlyMs({ lifeMs }: Pick<Entry, 'lifeMs'>): number {
  return Math.min(10_000, lifeMs / 10);
}

/**
 * Returns the state of a credential at an instant.
 * @param refreshBeforeMs how long before expiry renewal is due; undefined means a fifth of the life,
 *   but at most 5 minutes
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
    // Otherwise a short-lived credential would be renewed on every call.
    entry.lifeMs * 0.9,
  );
  return { state: leftMs <= beforeMs ? 'aging' : 'fresh', remainingMs };
}
