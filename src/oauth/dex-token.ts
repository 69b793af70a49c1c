import { DexchangeError } from '../errors.ts';
import { serverTime } from '../http/date.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse } from '../http/message.ts';
import { audiences, decodeJwt, numericDate } from '../jwt.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { dexDenial } from './dex-denial.ts';
import type { TokenExchange } from './token-exchange.ts';

/** A credential that may be printed: it has an end, and the end is ahead. */
export interface DexToken {
  readonly token: Secret;
  /** Milliseconds it is still valid for, by the server's own clock. */
  readonly remainingMs: number;
  /** How far the local clock is behind (positive) or ahead of Dex's, if Dex told its time. */
  readonly clockOffsetMs: number | undefined;
}

/**
 * The credential in Dex's answer to an exchange (RFC 8693, 2.2.1; Dex puts the JWT into
 * `access_token` whatever type was asked). Its life is measured by the `Date` header and the JWT's
 * own times, so a wrong local clock neither kills a good credential nor prolongs a dead one.
 * @param localNowMs local time of the answer, in milliseconds since the epoch
 * @throws DexchangeError dex_* for a refusal, token_* or server_nonsense for an answer that is no
 *   usable credential
 */
export function readTokenExchange(
  response: IncomingResponse,
  exchange: TokenExchange,
  subjectToken: Secret,
  sent: readonly Secret[],
  localNowMs: number,
): DexToken {
  if (response.status !== 200) throw dexDenial(response, exchange, subjectToken, sent);
  const body = jsonObject(response);
  const token = body === undefined ? undefined : textField(body, 'access_token');
  if (token === undefined) {
    throw new DexchangeError(
      'server_nonsense',
      `Dex answered 200 with ${body === undefined ? describeBody(response) : 'JSON that has no access_token'}`,
      { hint: 'is --dex-url the issuer of Dex, and no proxy or login page in the way?' },
    );
  }
  const jwt = decodeJwt(token);
  if (jwt === undefined) {
    throw new DexchangeError('token_not_jwt', "Dex's access_token is not a JWT", {
      hint: 'kube-apiserver takes only JWTs: is --dex-url really a Dex?',
    });
  }
  const exp = numericDate(jwt.claims, 'exp');
  if (exp === undefined) {
    throw new DexchangeError('token_without_expiry', "Dex's token has no numeric exp claim");
  }
  requireAudience(audiences(jwt.claims), exchange, sent);
  const serverNowMs = serverTime(response);
  const iat = numericDate(jwt.claims, 'iat');
  // No token lives longer than it was issued for, whatever the clock of an ingress says. And a
  // proxy may strip Date: the token was issued just now, so its own times serve as well.
  const issuedForMs = iat === undefined ? Number.POSITIVE_INFINITY : (exp - iat) * 1000;
  const ahead = exp * 1000 - (serverNowMs ?? (iat === undefined ? localNowMs : iat * 1000));
  const remainingMs = Math.min(ahead, issuedForMs);
  const longAgo = serverNowMs === undefined && exp * 1000 < localNowMs - dayMs;
  if (remainingMs <= 0 || longAgo) {
    throw new DexchangeError(
      'token_expired',
      `Dex issued a token that is already expired, by ${longAgo ? "this machine's clock" : serverNowMs === undefined ? 'its own iat' : "Dex's clock"}`,
      { hint: 'see idTokens of Dex, and the clock of the machine Dex runs on' },
    );
  }
  return {
    token: new Secret(token),
    // Date and iat are whole seconds, rounded down: the server's time may be a second further.
    remainingMs: Math.max(1, remainingMs - 1000),
    clockOffsetMs: serverNowMs === undefined ? undefined : serverNowMs - localNowMs,
  };
}

/** A local clock may be wrong by hours, hardly by more. */
const dayMs = 86_400_000;

function requireAudience(
  got: readonly string[],
  exchange: TokenExchange,
  secrets: readonly Secret[],
): void {
  const missing = exchange.audiences.find((audience) => !got.includes(audience));
  if (missing === undefined) return;
  throw new DexchangeError(
    'token_wrong_audience',
    `Dex's token is for ${got.length === 0 ? 'nobody' : sanitize(got.join(', '), { secrets })}, not for ${sanitize(missing)}`,
    {
      hint: 'Dex drops scopes it does not know in silence: see --audience and --scope',
    },
  );
}
