import { DexchangeError } from '../errors.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest } from '../http/message.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { basicAuthorization } from './client-authentication.ts';

/** How a client proves who it is (RFC 6749, 2.3.1; RFC 7523, 2.2 for the assertion). */
export type ClientProof =
  | { readonly method: 'client_secret_basic'; readonly secret: Secret }
  | { readonly method: 'client_secret_post'; readonly secret: Secret }
  | { readonly method: 'private_key_jwt'; readonly assertion: Secret };

/** A client_credentials request in full. */
export interface ClientCredentialsGrant {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly scope: string;
  readonly parameters: readonly (readonly [name: string, value: Secret])[];
}

/** The token request of RFC 6749, 4.4.2. */
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
 * The token in the IdP's answer (RFC 6749, 5): the one of the type that Dex will be told.
 * @throws DexchangeError idp_client_refused, idp_refused or server_nonsense
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
  const has = body !== undefined && textField(body, 'access_token') !== undefined;
  if (has && tokenType === 'id_token') {
    throw new DexchangeError('idp_refused', 'the IdP gave an access_token, but no id_token', {
      hint: 'set --subject-token-type access_token, or add openid to --idp-scope if the IdP issues id_tokens to clients',
    });
  }
  throw new DexchangeError(
    'server_nonsense',
    `the IdP answered 200 with ${body === undefined ? describeBody(response) : `JSON that has no ${tokenType}`}`,
    { hint: 'is the token endpoint right, and no proxy or login page in the way?' },
  );
}

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
      `the IdP has no token endpoint there: it answered ${response.status}`,
      {
        hint: '--idp-token-url must be the token endpoint; for an issuer use --idp-issuer-url',
      },
    );
  }
  if (body === undefined || error === undefined) {
    return new DexchangeError(
      'server_nonsense',
      `the IdP's token endpoint answered ${response.status} with ${body === undefined ? describeBody(response) : 'JSON that has no error field'}`,
      { hint: 'is the token endpoint right, and no proxy or login page in the way?' },
    );
  }
  const description = textField(body, 'error_description');
  const { proof } = grant;
  const said = sanitize(description === undefined ? error : `${error}: ${description}`, {
    // In a Basic header the secret stands encoded, so it is not among what was sent.
    secrets: 'secret' in proof ? [...sent, proof.secret] : sent,
  });
  const clientId = sanitize(grant.clientId, { maxChars: 100 });
  if (error === 'invalid_client' || (error === 'unauthorized_client' && response.status === 401)) {
    return new DexchangeError('idp_client_refused', `the IdP refused client ${clientId}: ${said}`, {
      hint: `see --idp-client-id, its ${proof.method === 'private_key_jwt' ? 'key' : 'secret'}, and whether the client authenticates by ${proof.method}`,
    });
  }
  return new DexchangeError('idp_refused', `the IdP gave client ${clientId} no token: ${said}`, {
    hint: refusalHints.get(error) ?? "the IdP's log may tell more",
  });
}

const refusalHints: ReadonlyMap<string, string> = new Map([
  [
    'unauthorized_client',
    'enable the client credentials grant (Keycloak: service accounts) for the client',
  ],
  ['invalid_scope', 'see --idp-scope: the client may not ask for one of these scopes'],
  ['unsupported_grant_type', 'the IdP does not offer the client credentials grant'],
]);
