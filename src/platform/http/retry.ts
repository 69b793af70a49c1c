/** How often a request is sent at most, the first time included. */
export const maxAttempts = 3;

const retryAfterJitterMs = 250;

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
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value);
  if (until === undefined) return undefined;
  return Math.max(0, until - (parseHttpDate(headers['date'] ?? '') ?? nowMs));
}

/** An HTTP date in any of its three forms (RFC 9110, 5.6.7) as milliseconds since the epoch. */
export function parseHttpDate(text: string): number | undefined {
  // Date.parse takes much more than HTTP dates, and reads the asctime form as local time.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i.test(text)) return undefined;
  const parsed = Date.parse(text.includes(',') ? text : `${text} GMT`);
  return Number.isNaN(parsed) ? undefined : parsed;
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
