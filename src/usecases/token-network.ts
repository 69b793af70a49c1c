import type { CacheNetwork, ObtainedToken } from '../cache/renewal.ts';
import type { CiAccount, CiTokenRequest } from '../identity/ci-token-request.ts';
import type { ClientCredentials } from '../identity/client-credentials.ts';
import type { DexToken } from '../oauth/dex-token.ts';
import type { TokenExchange } from '../oauth/token-exchange.ts';
import type { Environment, Network } from '../ports.ts';
import type { Secret } from '../secret.ts';

/** The requests that obtain a credential. */
export interface TokenRequests {
  /**
   * Exchanges a subject token at Dex (RFC 8693).
   * @param whenExpired the hint if the subject token has expired
   * @throws DexchangeError dex_*, token_*, server_*, proxy_failed, url_insecure
   */
  exchangeToken(
    exchange: TokenExchange,
    subjectToken: Secret,
    whenExpired: string,
  ): Promise<DexToken & ObtainedToken>;
  /** Requests a token from the IdP. @throws DexchangeError idp_*, server_*, proxy_failed, url_insecure, setting_invalid */
  requestClientCredentials(request: ClientCredentials): Promise<Secret>;
  /** Requests a token from the CI system. @throws DexchangeError identity_refused, server_*, proxy_failed, url_insecure */
  requestCiToken(request: CiTokenRequest): Promise<Secret>;
  /** The same, and whose token it is. */
  requestCiAccount(request: CiTokenRequest): Promise<CiAccount>;
}

/** The open network of a call. */
export type TokenNetwork = Network & TokenRequests;

/** The network of a call, opened on first use. */
export interface LazyNetwork extends CacheNetwork, TokenRequests {
  open(atMostMs?: number): Promise<TokenNetwork>;
  /** See Network. */
  runCommand(command: readonly string[], env: Environment): Promise<string>;
  close(): Promise<void>;
}
