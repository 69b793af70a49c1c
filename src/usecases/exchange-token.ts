import type { Send } from '../http/message.ts';
import { secretsIn } from '../http/request-secrets.ts';
import { type DexToken, readTokenExchange } from '../oauth/dex-token.ts';
import { expiredSubject } from '../oauth/expired-subject-token.ts';
import { buildTokenExchange, type TokenExchange } from '../oauth/token-exchange.ts';
import type { Secret } from '../secret.ts';

/**
 * Exchanges a subject token at Dex for a credential (RFC 8693).
 * @param whenExpired the hint if Dex denies the subject token because it has expired
 * @returns the credential that Dex issued
 * @throws DexchangeError dex_*, token_*, server_*, proxy_failed, url_insecure
 */
export async function exchangeToken(
  exchange: TokenExchange,
  subjectToken: Secret,
  whenExpired: string,
  deps: { readonly send: Send; now(): number },
): Promise<DexToken> {
  const request = buildTokenExchange(exchange, subjectToken);
  const response = await deps.send(request);
  const expired = expiredSubject(response, subjectToken, whenExpired, deps.now());
  if (expired !== undefined) throw expired;
  const secrets = [...secretsIn(request), exchange.clientSecret];
  return readTokenExchange(response, exchange, subjectToken, secrets, deps.now());
}
