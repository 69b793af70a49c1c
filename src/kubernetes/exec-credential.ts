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
  const end = new Date(Math.min(expirationMs, latestMs));
  const expirationTimestamp = `${end.toISOString().slice(0, 19)}Z`;
  return `${JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: info.apiVersion,
    spec: info.interactive === undefined ? {} : { interactive: info.interactive },
    status: { expirationTimestamp, token: token.reveal() },
  })}\n`;
}
