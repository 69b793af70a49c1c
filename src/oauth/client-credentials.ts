import { DexchangeError } from '../errors.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest } from '../http/message.ts';
import { redactionOf } from '../redaction.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { basicAuthorization } from './client-authentication.ts';

/**
 * How a client authenticates (RFC 6749, section 2.3.1; RFC 7523, section 2.2 for the assertion).
 */
export type ClientProof =
  | { readonly method: 'client_secret_basic'; readonly secret: Secret }
  | { readonly method: 'client_secret_post'; readonly secret: Secret }
  | { readonly method: 'private_key_jwt'; readonly assertion: Secret };

/** A complete client_credentials request, with the secret or signed assertion. */
export interface ClientCredentialsGrant {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly scope: string;
  readonly parameters: readonly (readonly [name: string, value: Secret])[];
}

/** Builds the token request of RFC 6749, section 4.4.2. */
export function buildClientCredentials(grant: ClientCredentialsGrant): OutgoingRequest {
  const { proof } = grant;
  const headers: [string, string | Secret][] = [['accept', 'application/json']];
  const form: [string, string | Secret][] = [['grant_type', 'client_credentials']];
  if (grant.scope.trim() !== '') form.push(['scope', grant.scope.trim()]);
  switch (proof.method) {
    case 'client_secret_basic':
      headers.push(['authorization', basicAuthorization(grant.clientId, proof.secret)]);
      break;
    case 'client_secret_post':
      form.push(['client_id', grant.clientId], ['client_secret', proof.secret]);
      break;
    case 'private_key_jwt':
      form.push(
        ['client_id', grant.clientId],
        ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
        ['client_assertion', proof.assertion],
      );
      break;
  }
  form.push(...grant.parameters.map(([name, value]): [string, Secret] => [name, value]));
  return { peer: 'idp', method: 'POST', url: grant.tokenUrl, headers, form };
}

/**
 * Reads the token from the IdP's response (RFC 6749, section 5).
 * @param tokenType which token to read; the exchange sends it to Dex as this type
 * @param sent the secrets of the request, to be redacted from messages
 * @throws DexchangeError idp_client_refused, idp_refused, server_nonsense
 */
export function readClientCredentials(
  response: IncomingResponse,
  grant: ClientCredentialsGrant,
  tokenType: 'id_token' | 'access_token',
  sent: readonly Secret[],
): Secret {
  const body = jsonObject(response);
  if (response.status !== 200) throw idpDenial(response, body, grant, sent);
  const token = body === undefined ? undefined : textField(body, tokenType);
  if (token !== undefined) return new Secret(token);
  const hasAccessToken = body !== undefined && textField(body, 'access_token') !== undefined;
  if (hasAccessToken && tokenType === 'id_token') {
    throw new DexchangeError('idp_refused', 'the IdP issued an access_token, but no id_token', {
      hint: 'set --subject-token-type access_token, or, if the IdP issues id_tokens to clients, add openid to --idp-scope',
    });
  }
  throw new DexchangeError(
    'server_nonsense',
    `the IdP answered 200 with ${body === undefined ? describeBody(response, sent) : `JSON without ${tokenType}`}`,
    { hint: invalidResponseHint },
  );
}

const invalidResponseHint =
  'check the URL of the token endpoint, and that no proxy or login page answers instead of the IdP';

function idpDenial(
  response: IncomingResponse,
  body: Record<string, unknown> | undefined,
  grant: ClientCredentialsGrant,
  sent: readonly Secret[],
): DexchangeError {
  const error = body === undefined ? undefined : textField(body, 'error');
  if (response.status === 405 || response.status === 404) {
    return new DexchangeError(
      'server_nonsense',
      `the IdP has no token endpoint at this URL: it answered ${response.status}`,
      {
        hint: 'set --idp-token-url to the token endpoint, or set --idp-issuer-url to the issuer instead',
      },
    );
  }
  if (body === undefined || error === undefined) {
    return new DexchangeError(
      'server_nonsense',
      `the IdP's token endpoint answered ${response.status} with ${body === undefined ? describeBody(response, sent) : 'JSON without an error field'}`,
      { hint: invalidResponseHint },
    );
  }
  const description = textField(body, 'error_description');
  const { proof } = grant;
  const reason = sanitize(description === undefined ? error : `${error}: ${description}`, {
    // In a Basic header the secret is encoded, so `sent` does not contain it.
    redaction: redactionOf('secret' in proof ? [...sent, proof.secret] : sent),
  });
  const clientId = quoteId(grant.clientId);
  if (error === 'invalid_client' || (error === 'unauthorized_client' && response.status === 401)) {
    return new DexchangeError(
      'idp_client_refused',
      `the IdP denied client ${clientId}: ${reason}`,
      {
        hint: `check --idp-client-id and its ${proof.method === 'private_key_jwt' ? 'key' : 'secret'}, and that the client is configured for ${proof.method}`,
      },
    );
  }
  return new DexchangeError('idp_refused', `the IdP denied client ${clientId} a token: ${reason}`, {
    hint: denialHints.get(error) ?? "check the IdP's log for details",
  });
}

const denialHints: ReadonlyMap<string, string> = new Map([
  [
    'unauthorized_client',
    'enable the client credentials grant for the client (Keycloak: Service accounts roles)',
  ],
  ['invalid_scope', 'check --idp-scope: the client is not allowed to request one of these scopes'],
  ['unsupported_grant_type', 'enable the client credentials grant at the IdP'],
]);
