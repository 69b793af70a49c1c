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

/**
 * Formats milliseconds since the epoch as UTC to the second, as kubectl and Dex do; outside of the
 * years 0 to 9999 as the number of seconds.
 */
export function isoTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (!(Math.abs(seconds) < 253_402_300_800)) return String(ms / 1000);
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
