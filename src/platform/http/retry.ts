import { parseHttpDate } from '../../http/date.ts';

/** The maximum number of attempts of a request, including the first. */
const maxAttempts = 3;

/** The jitter of a short Retry-After. */
const smallestJitterMs = 250;

/** Limits an absurdly long Retry-After to a year. */
const maxWaitSeconds = 365 * 86_400;

/**
 * The wait after failed attempt number `attempt` (from 1), in milliseconds. It grows exponentially
 * from `firstMs`; half of it is random, so that jobs with the same schedule do not retry together.
 */
export function backoffMs(attempt: number, firstMs: number, random: () => number): number {
  return ((1 + random()) / 2) * firstMs * 2 ** (attempt - 1);
}

/**
 * Adds jitter to the wait that a server requested, because all its clients got the same value: up to
 * half of the wait, so that a server that asked a herd of jobs to wait is not asked by all of them at
 * once again, but at most half of the time that is left after it.
 * @param remainingMs the time until the deadline
 */
export function withJitter(waitMs: number, random: () => number, remainingMs: number): number {
  const limitMs = Math.max(0, (remainingMs - waitMs) / 2);
  return waitMs + random() * Math.min(Math.max(waitMs / 2, smallestJitterMs), limitMs);
}

/** A failed attempt of a request. */
export interface FailedAttempt {
  /** Its number, from 1. */
  readonly attempt: number;
  /** Whether another attempt can succeed. */
  readonly retryable: boolean;
  /** The wait that the server requested, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The wait before the next attempt, in milliseconds. Undefined if there is none: the failure is final,
 * there were `maxAttempts`, or the wait would last beyond the deadline.
 * @param remainingMs the time until the deadline
 */
export function retryWaitMs(
  { attempt, retryable, retryAfterMs }: FailedAttempt,
  firstBackoffMs: number,
  random: () => number,
  remainingMs: number,
): number | undefined {
  if (!retryable || attempt >= maxAttempts) return undefined;
  const waitMs =
    retryAfterMs === undefined
      ? backoffMs(attempt, firstBackoffMs, random)
      : withJitter(retryAfterMs, random, remainingMs);
  return waitMs < remainingMs ? waitMs : undefined;
}

/**
 * The wait in the Retry-After header (RFC 9110, 10.2.3), in milliseconds from now: seconds or a date.
 * A date is compared with the server's own `Date` header, because the local clock can be wrong.
 * @param nowMs the local time in milliseconds since the epoch, used if there is no `Date` header
 * @returns undefined if the header is missing or invalid
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value), maxWaitSeconds) * 1000;
  const until = parseHttpDate(value);
  if (until === undefined) return undefined;
  return Math.max(0, until - (parseHttpDate(headers['date'] ?? '') ?? nowMs));
}

/** Waits `ms` milliseconds; rejects with the reason of the signal when it aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
