import { DexchangeError } from '../errors.ts';
import { serverTime } from '../http/date.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse } from '../http/message.ts';
import { audiences, decodeJwt, numericDate } from '../jwt.ts';
import { redactionOf } from '../redaction.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { dexDenial, notDexHint } from './dex-denial.ts';
import type { TokenExchange } from './token-exchange.ts';

/** A credential that may be printed and cached: it expires, and has not expired yet. */
export interface DexToken {
  readonly token: Secret;
  /** How long it is still valid by Dex's clock, in milliseconds. */
  readonly remainingMs: number;
  /**
   * Dex's clock minus the local clock, in milliseconds; undefined if the response has no `Date`
   * header.
   */
  readonly clockOffsetMs: number | undefined;
}

/**
 * Reads the credential from Dex's response to an exchange (RFC 8693, section 2.2.1; Dex returns the
 * JWT in `access_token` for every requested type). Its remaining lifetime is computed from the
 * `Date` header and the JWT's own times, so a wrong local clock neither rejects a valid credential
 * nor accepts an expired one.
 * @param sent the secrets of the request, to be redacted from messages
 * @param localNowMs the local time of the response, in milliseconds since the epoch
 * @throws DexchangeError dex_* for a denial; token_* or server_nonsense for an unusable response
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
      `Dex answered 200 with ${body === undefined ? describeBody(response) : 'JSON without access_token'}`,
      { hint: notDexHint },
    );
  }
  const jwt = decodeJwt(token);
  if (jwt === undefined) {
    throw new DexchangeError('token_not_jwt', "Dex's access_token is not a JWT", {
      hint: 'check that --dex-url is the issuer of Dex: kube-apiserver accepts only JWTs',
    });
  }
  const exp = numericDate(jwt.claims, 'exp');
  if (exp === undefined) {
    throw new DexchangeError('token_without_expiry', "Dex's token has no numeric exp claim", {
      hint: notDexHint,
    });
  }
  checkAudience(audiences(jwt.claims), exchange, sent);
  const serverNowMs = serverTime(response);
  const iat = numericDate(jwt.claims, 'iat');
  // The lifetime from iat to exp is the upper limit, in case the clock of an ingress is behind. If
  // a proxy has removed the Date header, iat serves as Dex's time, since Dex has just issued the
  // token.
  const issuedForMs = iat === undefined ? Number.POSITIVE_INFINITY : (exp - iat) * 1000;
  const ahead = exp * 1000 - (serverNowMs ?? (iat === undefined ? localNowMs : iat * 1000));
  const remainingMs = Math.min(ahead, issuedForMs);
  const longAgo = serverNowMs === undefined && exp * 1000 < localNowMs - dayMs;
  if (remainingMs <= 0 || longAgo) {
    throw new DexchangeError(
      'token_expired',
      `Dex issued a token that is already expired by ${longAgo ? "this machine's clock" : serverNowMs === undefined ? 'its own iat' : "Dex's clock"}`,
      {
        hint: "check expiry.idTokens in Dex's configuration, and the clock of the machine that runs Dex",
      },
    );
  }
  return {
    token: new Secret(token),
    // Date and iat are rounded down to whole seconds, so Dex's time can be up to a second later.
    remainingMs: Math.max(1, remainingMs - 1000),
    clockOffsetMs: serverNowMs === undefined ? undefined : serverNowMs - localNowMs,
  };
}

/** A local clock can be wrong by hours, for example by a time zone, but hardly by a day. */
const dayMs = 86_400_000;

function checkAudience(
  actual: readonly string[],
  exchange: TokenExchange,
  secrets: readonly Secret[],
): void {
  const missing = exchange.audiences.find((audience) => !actual.includes(audience));
  if (missing === undefined) return;
  throw new DexchangeError(
    'token_wrong_audience',
    `Dex's token has ${actual.length === 0 ? 'no audience' : `audience ${sanitize(actual.join(', '), { redaction: redactionOf(secrets) })}`}, not ${quoteId(missing)}`,
    {
      hint: 'check --audience and --scope: Dex ignores unknown scopes without an error',
    },
  );
}
