import type { IncomingResponse } from './message.ts';

/**
 * Parses an HTTP date in one of its three forms (RFC 9110, section 5.6.7), in milliseconds since
 * the epoch.
 */
export function parseHttpDate(text: string): number | undefined {
  // Date.parse accepts more than HTTP dates, and reads the asctime form as local time.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i.test(text)) return undefined;
  const parsed = Date.parse(text.includes(',') ? text : `${text} GMT`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/**
 * The server's time from the `Date` header (RFC 9110, section 6.6.1), in milliseconds since the
 * epoch.
 */
export function serverTime({ headers }: IncomingResponse): number | undefined {
  return parseHttpDate(headers['date'] ?? '');
}
