import { quoteId } from '../sanitize.ts';
import type { DeferredSecret, Secret } from '../secret.ts';
import type { IdentitySource, SubjectTokenType } from './source.ts';

/** How the client authenticates at the IdP. */
export type ClientProofSource =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly secret: DeferredSecret;
    }
  | { readonly method: 'private_key_jwt'; readonly privateKey: Secret };

/** A configured client_credentials request; secrets are not read yet. */
export interface ClientCredentials {
  /**
   * The issuer, whose discovery document names the token endpoint, or the token endpoint itself.
   */
  readonly endpoint: { readonly issuerUrl: string } | { readonly tokenUrl: string };
  readonly clientId: string;
  readonly proof: ClientProofSource;
  readonly scope: string;
  readonly parameters: readonly (readonly [name: string, value: Secret])[];
  /** Which token of the IdP's response is sent to Dex. */
  readonly tokenType: SubjectTokenType;
}

/**
 * The client_credentials grant as a source (RFC 6749, section 4.4). Each cache miss requests a new
 * token. The cache key consists of the request, so jobs with the same client share an entry, and a
 * changed secret is a miss.
 * @param requestToken sends the request and returns the token
 */
export function clientCredentialsSource(
  request: ClientCredentials,
  requestToken: (request: ClientCredentials) => Promise<Secret>,
): IdentitySource {
  const { endpoint, proof } = request;
  const url = 'issuerUrl' in endpoint ? endpoint.issuerUrl : endpoint.tokenUrl;
  return {
    name: 'client-credentials',
    isAtHand: false,
    origin: `client credentials of ${quoteId(request.clientId)} at ${new URL(url).host}`,
    tokenType: request.tokenType,
    keyInputs: [
      'client-credentials',
      'issuerUrl' in endpoint ? 'issuer' : 'token endpoint',
      url,
      request.clientId,
      proof.method,
      request.scope,
      request.tokenType,
      String(request.parameters.length),
      ...request.parameters.flatMap(([name, value]) => [name, value.reveal()]),
      ...(proof.method === 'private_key_jwt'
        ? [proof.privateKey.reveal()]
        : proof.secret.keyInputs),
    ],
    whenExpired:
      "the IdP has just issued it: compare the IdP's clock with the clock of the machine that runs Dex",
    obtain: () => requestToken(request),
  };
}
