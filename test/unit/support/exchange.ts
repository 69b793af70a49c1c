import type { TokenExchange } from '../../../src/oauth/token-exchange.ts';
import { Secret } from '../../../src/secret.ts';

/** An exchange as a DexClient in DKP makes it, with changes. */
export function anExchange(changes: Partial<TokenExchange> = {}): TokenExchange {
  return {
    dexUrl: 'https://dex.example.com/',
    clientId: 'dex-client-ci@d8-user-authn',
    clientSecret: new Secret('dex-s3cret'),
    clientSecretOrigin: 'DEX_CLIENT_SECRET',
    connectorId: 'gitlab',
    scope: 'openid profile email groups',
    audiences: ['kubernetes'],
    audienceOrigin: '--audience',
    requestedTokenType: 'id_token',
    subjectTokenType: 'id_token',
    subjectTokenOrigin: 'variable CI_TOKEN',
    ...changes,
  };
}

/** A JWT with these claims; its signature is nobody's, since only servers check it. */
export function aJwt(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = { alg: 'RS256', kid: 'k' },
): string {
  const parts = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return [...parts, 'c2lnbmF0dXJl'].join('.');
}
