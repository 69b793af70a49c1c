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

/** Some clients discard a credential five minutes before it expires; it must have been renewed by then. */
const earliestClientMs = 5 * 60_000 + 30_000;

/**
 * How long before its expiry a credential is renewed, in milliseconds. The Python client and Ansible
 * take a credential for expired five minutes before its end (`EXPIRY_SKEW_PREVENTION_DELAY`), and
 * would run the plugin for every request in that time.
 * @param setting `--refresh-before` in milliseconds; undefined means 5 min 30 s, but at most 55 % of
 *   the life
 */
export function refreshBeforeExpiryMs(lifeMs: number, setting: number | undefined): number {
  // Otherwise a short-lived credential would be renewed on every call.
  if (setting !== undefined) return Math.min(setting, lifeMs * 0.9);
  return Math.min(earliestClientMs, lifeMs * 0.55);
}

/**
 * Returns the state of a credential at an instant.
 * @param refreshBeforeMs see refreshBeforeExpiryMs
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
  const beforeMs = refreshBeforeExpiryMs(entry.lifeMs, refreshBeforeMs);
  return { state: leftMs <= beforeMs ? 'aging' : 'fresh', remainingMs };
}
