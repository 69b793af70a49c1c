import type { DeferredSecret } from '../deferred-secret.ts';
import type { Secret } from '../secret.ts';
import type { IdentitySource, SubjectTokenType } from './source.ts';

/** How the client proves who it is to the IdP. */
export type ClientProofSource =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly secret: DeferredSecret;
    }
  | { readonly method: 'private_key_jwt'; readonly privateKey: Secret };

/** A client_credentials request as it is configured. */
export interface ClientCredentials {
  /** The issuer, to be asked for its token endpoint, or the token endpoint itself. */
  readonly endpoint: { readonly issuerUrl: string } | { readonly tokenUrl: string };
  readonly clientId: string;
  readonly proof: ClientProofSource;
  readonly scope: string;
  readonly parameters: readonly (readonly [name: string, value: Secret])[];
  /** Which of the two tokens of the answer Dex is given. */
  readonly tokenType: SubjectTokenType;
}

/**
 * The client_credentials grant as a source (RFC 6749, 4.4). Its token is minted anew on each miss;
 * the key is the request, so that one client shares an entry across jobs and a changed secret is a
 * miss.
 * @param ask makes the request
 */
export function clientCredentialsSource(
  request: ClientCredentials,
  ask: (request: ClientCredentials) => Promise<Secret>,
): IdentitySource {
  const { endpoint, proof } = request;
  const url = 'issuerUrl' in endpoint ? endpoint.issuerUrl : endpoint.tokenUrl;
  return {
    name: 'client-credentials',
    origin: `client credentials of ${request.clientId} at ${new URL(url).host}`,
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
      'the IdP issued it just now: compare its clock with that of the machine Dex runs on',
    obtain: () => ask(request),
  };
}
