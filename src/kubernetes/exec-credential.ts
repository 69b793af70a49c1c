import type { Secret } from '../secret.ts';
import type { ExecInfo } from './exec-info.ts';

/** RFC 3339 knows no year of five digits, so metav1.Time would not read one. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * The ExecCredential that answers a client, as one line of JSON: in the version it asked in, with
 * `spec.interactive` echoed if it said so.
 * @param expirationMs when the client should ask again, in milliseconds since the epoch; reported
 *   in whole seconds, rounded down (metav1.Time has no fractions)
 */
export function formatExecCredential(info: ExecInfo, token: Secret, expirationMs: number): string {
  return `${JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: info.apiVersion,
    spec: info.interactive === undefined ? {} : { interactive: info.interactive },
    status: { expirationTimestamp: timestamp(expirationMs), token: token.reveal() },
  })}\n`;
}

/**
 * RFC 3339 in UTC. Not by toISOString: on its first call the runtime finds out the local time zone,
 * for which it reads files, all zones where /etc/localtime is not a link.
 */
function timestamp(milliseconds: number): string {
  const end = new Date(Math.min(milliseconds, latestMs));
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${end.getUTCFullYear()}-${two(end.getUTCMonth() + 1)}-${two(end.getUTCDate())}`;
  return `${date}T${two(end.getUTCHours())}:${two(end.getUTCMinutes())}:${two(end.getUTCSeconds())}Z`;
}
