import type { Secret } from '../secret.ts';
import type { ExecInfo } from './exec-info.ts';

/** The latest time with a four-digit year: RFC 3339 and metav1.Time have no longer years. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Formats the ExecCredential for a client as one line of JSON, in the version that the client
 * requests, with the client's `spec.interactive` if it set one.
 * @param expirationMs when the client should request a new credential, in milliseconds since the
 *   epoch; rounded down to seconds, because metav1.Time has no fractions
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
 * A time as RFC 3339 in UTC. It does not use toISOString, because on its first call the runtime
 * determines the local time zone, and reads all time zone files if /etc/localtime is not a link.
 */
function timestamp(milliseconds: number): string {
  const end = new Date(Math.min(milliseconds, latestMs));
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${end.getUTCFullYear()}-${two(end.getUTCMonth() + 1)}-${two(end.getUTCDate())}`;
  return `${date}T${two(end.getUTCHours())}:${two(end.getUTCMinutes())}:${two(end.getUTCSeconds())}Z`;
}
