import { parseHttpDate } from '../../http/date.ts';

/** How often a request is sent at most, the first time included. */
export const maxAttempts = 3;

const retryAfterJitterMs = 250;

/** A year stands for every wait that makes no sense. */
const longestWaitSeconds = 365 * 86_400;

/**
 * How long to wait after failed attempt number `attempt` (from 1), in milliseconds: exponential
 * from `firstMs`, half of it by chance, so that jobs started by one schedule do not come back together.
 */
export function backoffMs(attempt: number, firstMs: number, random: () => number): number {
  return ((1 + random()) / 2) * firstMs * 2 ** (attempt - 1);
}

/** A wait that the server asked for, with some jitter on top, as all its clients were told so. */
export function jittered(waitMs: number, random: () => number): number {
  return waitMs + random() * retryAfterJitterMs;
}

/**
 * The wait that Retry-After asks for (RFC 9110, 10.2.3), in milliseconds from now: seconds or a
 * date. A date is measured from the server's own `Date`, as this machine's clock (`nowMs`, epoch)
 * may be wrong. Undefined if the header says neither.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value), longestWaitSeconds) * 1000;
  const until = parseHttpDate(value);
  if (until === undefined) return undefined;
  return Math.max(0, until - (parseHttpDate(headers['date'] ?? '') ?? nowMs));
}

/** Waits, or rejects as soon as the signal aborts. */
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
