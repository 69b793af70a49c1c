import type { Send } from '../http/message.ts';
import { secretsIn } from '../http/request-secrets.ts';
import type { ClientCredentials } from '../identity/client-credentials.ts';
import { signClientAssertion } from '../oauth/client-assertion.ts';
import {
  buildClientCredentials,
  type ClientProof,
  readClientCredentials,
} from '../oauth/client-credentials.ts';
import { buildDiscovery, readDiscovery } from '../oauth/discovery.ts';
import type { Secret } from '../secret.ts';

/** What the grant needs from the runtime; times in milliseconds since the epoch. */
export interface GrantDeps {
  readonly send: Send;
  now(): number;
  randomId(): string;
}

/**
 * Requests a token from the IdP with client credentials. If only the issuer is configured,
 * discovers the token endpoint first.
 * @returns the token of the type that the request names
 * @throws DexchangeError idp_*, server_*, proxy_failed, url_insecure, setting_invalid
 */
export async function clientCredentialsGrant(
  request: ClientCredentials,
  deps: GrantDeps,
): Promise<Secret> {
  const { endpoint } = request;
  const tokenUrl =
    'tokenUrl' in endpoint
      ? endpoint.tokenUrl
      : readDiscovery(await deps.send(buildDiscovery(endpoint.issuerUrl)), endpoint.issuerUrl);
  const audience = 'tokenUrl' in endpoint ? tokenUrl : endpoint.issuerUrl;
  const grant = { ...request, tokenUrl, proof: await clientProof(request, audience, deps) };
  const outgoing = buildClientCredentials(grant);
  const response = await deps.send(outgoing);
  return readClientCredentials(response, grant, request.tokenType, secretsIn(outgoing));
}

async function clientProof(
  { clientId, proof }: ClientCredentials,
  audience: string,
  deps: GrantDeps,
): Promise<ClientProof> {
  if (proof.method !== 'private_key_jwt') {
    return { method: proof.method, secret: await proof.secret.value() };
  }
  const assertion = await signClientAssertion(proof.privateKey, {
    clientId,
    audience,
    nowSeconds: Math.floor(deps.now() / 1000),
    jwtId: deps.randomId(),
  });
  return { method: proof.method, assertion };
}
