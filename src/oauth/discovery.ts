import { DexchangeError } from '../errors.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest } from '../http/message.ts';
import { sanitize } from '../sanitize.ts';
import { endpointUrl } from './endpoint.ts';

/** Builds the request for an issuer's metadata (OpenID Connect Discovery 1.0, section 4). */
export function buildDiscovery(issuer: string): OutgoingRequest {
  return {
    peer: 'idp',
    method: 'GET',
    url: endpointUrl(issuer, '.well-known/openid-configuration'),
    headers: [['accept', 'application/json']],
  };
}

/**
 * Reads the token endpoint from an issuer's metadata.
 * @throws DexchangeError idp_discovery_invalid if the response is not metadata, or is that of
 *   another issuer (OpenID Connect Discovery 1.0, section 4.3 requires identical issuers; a
 *   difference in the trailing slash is accepted, because it does not change the discovery URL)
 */
export function readDiscovery(response: IncomingResponse, issuer: string): string {
  const metadata = jsonObject(response);
  if (response.status !== 200 || metadata === undefined) {
    throw new DexchangeError(
      'idp_discovery_invalid',
      `the IdP answered ${response.status} with ${describeBody(response, [])} instead of a discovery document`,
      {
        hint: 'set --idp-issuer-url to the issuer, such as https://idp.example.com/realms/ci, or set --idp-token-url instead',
      },
    );
  }
  const named = textField(metadata, 'issuer');
  if (named === undefined || withoutSlash(named) !== withoutSlash(issuer)) {
    throw new DexchangeError(
      'idp_discovery_invalid',
      `the IdP's discovery document names issuer ${nameOf(named)}, not ${sanitize(issuer)}`,
      { hint: 'set --idp-issuer-url to the issuer exactly as in the discovery document' },
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

/**
 * The name of an issuer for a message; text that is not a URL could repeat a secret of the request.
 */
function nameOf(issuer: string | undefined): string {
  if (issuer === undefined) return '(none)';
  return /^https?:\/\/\S+$/.test(issuer) ? sanitize(issuer) : '(not a URL)';
}

function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}
