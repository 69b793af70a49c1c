import { parseHttpDate } from '../http-date.ts';
import type { IncomingResponse } from './request.ts';

/** The server's own time by its `Date` header (RFC 9110, 6.6.1), in milliseconds since the epoch. */
export function serverTime({ headers }: IncomingResponse): number | undefined {
  return parseHttpDate(headers['date'] ?? '');
}
