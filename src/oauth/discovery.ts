import { DexchangeError } from '../errors.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest } from '../http/message.ts';
import { sanitize } from '../sanitize.ts';
import { endpointUrl } from './endpoint.ts';

/** The request for an issuer's metadata (OpenID Connect Discovery 1.0, 4). */
export function buildDiscovery(issuer: string): OutgoingRequest {
  return {
    peer: 'idp',
    method: 'GET',
    url: endpointUrl(issuer, '.well-known/openid-configuration'),
    headers: [['accept', 'application/json']],
  };
}

/**
 * The token endpoint that an issuer's metadata names.
 * @throws DexchangeError idp_discovery_invalid if the answer is no metadata, or of another issuer
 *   (OpenID Connect Discovery 1.0, 4.3: they must be identical; a trailing slash is forgiven,
 *   since the endpoint is found without it all the same)
 */
export function readDiscovery(response: IncomingResponse, issuer: string): string {
  const metadata = jsonObject(response);
  if (response.status !== 200 || metadata === undefined) {
    throw new DexchangeError(
      'idp_discovery_invalid',
      `the IdP's discovery document: ${response.status} with ${describeBody(response)}`,
      {
        hint: '--idp-issuer-url must be the issuer, such as https://idp.example.com/realms/ci; or set --idp-token-url instead',
      },
    );
  }
  const named = textField(metadata, 'issuer');
  if (named === undefined || withoutSlash(named) !== withoutSlash(issuer)) {
    throw new DexchangeError(
      'idp_discovery_invalid',
      `the IdP calls itself ${nameOf(named)}, not ${sanitize(issuer)}`,
      { hint: 'set --idp-issuer-url to the issuer exactly as the IdP has it' },
    );
  }
  const endpoint = textField(metadata, 'token_endpoint');
  if (endpoint === undefined || !URL.canParse(endpoint)) {
    throw new DexchangeError(
      'idp_discovery_invalid',
      "the IdP's discovery document names no token endpoint",
      { hint: 'set --idp-token-url instead of --idp-issuer-url' },
    );
  }
  return endpoint;
}

/** An issuer is a URL; anything else may be an echo of what was sent. */
function nameOf(issuer: string | undefined): string {
  if (issuer === undefined) return 'nothing';
  return /^https?:\/\/\S+$/.test(issuer) ? sanitize(issuer) : 'something that is no URL';
}

function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}
