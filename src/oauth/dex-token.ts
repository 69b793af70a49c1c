import { DexchangeError } from '../errors.ts';
import { serverTime } from '../http/date.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse } from '../http/message.ts';
import { audiences, decodeJwt } from '../jwt.ts';
import { redactionOf } from '../redaction.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { dexDenial, notDexHint } from './dex-denial.ts';
import type { TokenExchange } from './token-exchange.ts';
import { type TokenLife, tokenLife } from './token-life.ts';

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
 * nor accepts an expired one. If a proxy has removed the `Date` header, the local clock decides. Dex's
 * `expires_in` is not read: the API server only checks `exp`.
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
      `Dex answered 200 with ${body === undefined ? describeBody(response, sent) : 'JSON without access_token'}`,
      { hint: notDexHint },
    );
  }
  const jwt = decodeJwt(token);
  if (jwt === undefined) {
    throw new DexchangeError('token_not_jwt', "Dex's access_token is not a JWT", {
      hint: 'check that --dex-url is the issuer of Dex: kube-apiserver accepts only JWTs',
    });
  }
  const { alg } = jwt.header;
  if (typeof alg !== 'string' || /^none$/i.test(alg)) {
    throw new DexchangeError('token_not_jwt', "Dex's token is not signed", {
      hint: 'check that --dex-url is the issuer of Dex: kube-apiserver accepts only signed JWTs',
    });
  }
  const serverNowMs = serverTime(response);
  const life = tokenLife(jwt.claims, serverNowMs ?? localNowMs);
  if (life === undefined) {
    throw new DexchangeError(
      'token_without_expiry',
      "Dex's token has no exp claim that is a time in seconds",
      {
        hint: notDexHint,
      },
    );
  }
  checkAudience(audiences(jwt.claims), exchange, sent);
  if (life.remainingMs <= 0) throw expiredError(serverNowMs !== undefined, life);
  return {
    token: new Secret(token),
    remainingMs: life.remainingMs,
    clockOffsetMs: serverNowMs === undefined ? undefined : serverNowMs - localNowMs,
  };
}

function expiredError(hasDate: boolean, { aheadMs, issuedForMs }: TokenLife): DexchangeError {
  const byDate = hasDate && aheadMs <= 0;
  const byIat = !byDate && issuedForMs <= 0;
  return new DexchangeError(
    'token_expired',
    `Dex issued a token that has already expired, according to ${byDate ? "Dex's clock" : byIat ? 'its own iat' : "this machine's clock"}`,
    {
      hint:
        byDate || byIat
          ? "check expiry.idTokens in Dex's configuration, and the clock of the machine that runs Dex"
          : 'check the clock of this machine: the response has no Date header that could replace it',
    },
  );
}

function checkAudience(
  actual: readonly string[],
  exchange: TokenExchange,
  secrets: readonly Secret[],
): void {
  const missing = exchange.audiences.find((audience) => !actual.includes(audience));
  if (missing === undefined) return;
  const redaction = redactionOf(secrets);
  const shown = actual.map((audience) => {
    const clean = sanitize(audience, { redaction });
    if (audience === '') return '""';
    // Otherwise both could look the same.
    return clean === missing ? `${clean} (with blanks or invisible characters)` : clean;
  });
  throw new DexchangeError(
    'token_wrong_audience',
    `Dex's token has ${shown.length === 0 ? 'no audience' : `audience ${sanitize(shown.join(', '))}`}, not ${quoteId(missing)}`,
    {
      hint: 'check --audience and --scope: Dex ignores unknown scopes without an error',
    },
  );
}
