import { formatDuration } from '../duration.ts';
import { DexchangeError } from '../errors.ts';
import { serverTime } from '../http/date.ts';
import { jsonObject } from '../http/json-body.ts';
import type { IncomingResponse } from '../http/message.ts';
import { decodeJwt, numericDate } from '../jwt.ts';
import type { Secret } from '../secret.ts';

/**
 * The error for a subject token that Dex denied and that has expired by Dex's clock, or by the
 * local one if the response has no `Date` header; otherwise undefined. Dex does not say why it refuses; the token is read only
 * after the fact, since a local clock that is wrong must not stop a good token.
 * @param whenExpired the hint: what the source of the token says to this
 * @param localNowMs milliseconds since the epoch
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
  const agoMs = (dexNowMs ?? localNowMs) - exp * 1000;
  if (agoMs < 0) return undefined;
  return new DexchangeError(
    'dex_subject_token_expired',
    `Dex denied the identity token: it expired ${formatDuration(agoMs)} ago by ${dexNowMs === undefined ? "this machine's" : "Dex's"} clock`,
    { hint: whenExpired },
  );
}
