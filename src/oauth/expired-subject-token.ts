import { DexchangeError } from '../errors.ts';
import { serverTime } from '../http/date.ts';
import { jsonObject } from '../http/json-body.ts';
import type { IncomingResponse } from '../http/message.ts';
import { decodeJwt, numericDate } from '../jwt.ts';
import type { Secret } from '../secret.ts';

/**
 * The error for a subject token that Dex denied after it had expired by Dex's clock, or by the
 * local clock if the response has no `Date` header. Dex gives no reason for a denial. The expiry is
 * checked only after the denial, so that a wrong local clock never rejects a valid token.
 * @param whenExpired the hint of the token's source
 * @param localNowMs the local time, in milliseconds since the epoch
 * @returns DexchangeError dex_subject_token_expired, or undefined if this is not the reason
 */
export function expiredSubject(
  response: IncomingResponse,
  subjectToken: Secret,
  whenExpired: string,
  localNowMs: number,
): DexchangeError | undefined {
  if (response.status !== 401 || jsonObject(response)?.['error'] !== 'access_denied') {
    return undefined;
  }
  const claims = decodeJwt(subjectToken.reveal())?.claims;
  const exp = claims === undefined ? undefined : numericDate(claims, 'exp');
  if (exp === undefined) return undefined;
  const dexNowMs = serverTime(response);
  const agoSeconds = Math.floor(((dexNowMs ?? localNowMs) - exp * 1000) / 1000);
  if (agoSeconds < 0) return undefined;
  return new DexchangeError(
    'dex_subject_token_expired',
    `Dex refused the identity token: it expired ${durationText(agoSeconds)} ago by ${dexNowMs === undefined ? "this machine's" : "Dex's"} clock`,
    { hint: whenExpired },
  );
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}
