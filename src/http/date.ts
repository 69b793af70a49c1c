import type { IncomingResponse } from './message.ts';

/** An HTTP date in any of its three forms (RFC 9110, 5.6.7) as milliseconds since the epoch. */
export function parseHttpDate(text: string): number | undefined {
  // Date.parse takes much more than HTTP dates, and reads the asctime form as local time.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i.test(text)) return undefined;
  const parsed = Date.parse(text.includes(',') ? text : `${text} GMT`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The server's own time by its `Date` header (RFC 9110, 6.6.1), in milliseconds since the epoch. */
export function serverTime({ headers }: IncomingResponse): number | undefined {
  return parseHttpDate(headers['date'] ?? '');
}
