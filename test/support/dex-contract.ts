import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { subject } from './dex.ts';
import type { Claims, SubjectTokenKind } from './gitlab-claims.ts';
import type { ClientResponse } from './http-client.ts';

/**
 * Subject tokens by name. Those of Keycloak belong to a service account, with an email unless the
 * name says otherwise. Keycloak adds an id_token if the scope contains openid.
 */
export type ContractToken =
  | SubjectTokenKind
  | 'keycloak-access'
  | 'keycloak-access-without-openid'
  | 'keycloak-access-without-email'
  | 'keycloak-id';

/** A Dex under test, with the clients, connectors and token lifetime described below. */
export interface DexPeer {
  readonly issuer: string;
  /** `<issuer without its slash>/token`. */
  readonly tokenUrl: string;
  /** Sends one HTTP request: trusts the CA, follows no redirect, sends the path as written. */
  readonly send: (
    url: string,
    options: {
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    },
  ) => Promise<ClientResponse>;
  readonly clients: {
    /** A trusted peer of `kubernetes`; its secret contains `+`, `%`, `:` and `&`. */
    readonly ci: { readonly id: string; readonly secret: string };
    readonly untrusted: { readonly id: string; readonly secret: string };
  };
  /** The ids of an oidc connector without and with getUserInfo, mockCallback, mockPassword. */
  readonly connectors: Readonly<Record<'gitlab' | 'keycloak' | 'mock' | 'password', string>>;
  /** `expiry.idTokens`, in seconds. */
  readonly tokenLifeSeconds: number;
  readonly mint: (token: ContractToken) => Promise<string>;
}

/** A change to a valid request, and the expected response. */
export interface ContractCase {
  readonly name: string;
  readonly method?: string;
  /** Replaces the path of the token endpoint. */
  readonly path?: string;
  readonly query?: string;
  readonly contentType?: string;
  /** Replaces the form by this body. */
  readonly body?: string;
  /** Default `ci`. */
  readonly client?: 'ci' | 'untrusted';
  /**
   * The Authorization header: `encoded` (default) is Basic as in RFC 6749, 2.3.1, `raw` is Basic
   * without the form-encoding, `none` sends no header, and a function returns the header.
   */
  readonly authorization?:
    | 'encoded'
    | 'raw'
    | 'none'
    | ((client: { readonly id: string; readonly secret: string }) => string);
  /** Sends client_id and client_secret in the form, in addition to `authorization`. */
  readonly clientInForm?: boolean | 'wrong-secret';
  /** Default `valid`; an object contains the literal text. */
  readonly subject?: ContractToken | { readonly text: string };
  /** Default `gitlab`; an object contains the literal text. */
  readonly connector?: keyof DexPeer['connectors'] | { readonly text: string };
  /** Fields that override those of a valid request; undefined removes a field. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly expected: ContractError | ContractSuccess;
}

/** An OAuth error (RFC 6749, 5.2); without a description the response must have none. */
export interface ContractError {
  readonly status: number;
  /** Undefined for the plain 404 of Go, which is not a response of `/token`. */
  readonly error: string | undefined;
  readonly description?: string;
}

/** A success (RFC 8693, 2.2.1) and the claims of its JWT. */
export interface ContractSuccess {
  readonly status: 200;
  /** `ci` is replaced by the id of the client. */
  readonly audience: string | readonly string[];
  readonly issuedType: 'id_token' | 'access_token';
  /** All claims besides iss, sub, aud, exp, iat. */
  readonly claims: readonly (
    | 'azp'
    | 'at_hash'
    | 'email'
    | 'email_verified'
    | 'name'
    | 'preferred_username'
    | 'groups'
    | 'federated_claims'
  )[];
  /** The identity in the token; default: that of the subject token, as the connector maps it. */
  readonly identity?: 'mock';
}

const typePrefix = 'urn:ietf:params:oauth:token-type:';
const kubernetesScope = 'audience:server:client_id:kubernetes';
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

const success: ContractSuccess = {
  status: 200,
  audience: ['kubernetes', 'ci'],
  issuedType: 'id_token',
  claims: ['azp', 'email', 'email_verified', 'name'],
};
const mockSuccess: ContractSuccess = {
  ...success,
  claims: [...success.claims, 'groups'],
  identity: 'mock',
};

function oauthError(status: number, error: string, description?: string): ContractError {
  return { status, error, ...(description === undefined ? {} : { description }) };
}
const badClient = oauthError(401, 'invalid_client', 'Invalid client credentials.');
const noConnector = oauthError(400, 'invalid_request', 'Requested connector does not exist.');
const badSubjectType = oauthError(400, 'request_not_supported', 'Invalid subject_token_type.');
const noSubject = oauthError(400, 'invalid_request', 'Missing subject_token');
const denied = oauthError(401, 'access_denied');
const badRequestedType = oauthError(400, 'request_not_supported', 'Invalid requested_token_type.');
const untrusted = oauthError(500, 'server_error');
const notFound: ContractError = { status: 404, error: undefined };

/** The behaviour of Dex 2.45.1, case by case; the stand-in and the real server must match it. */
export const dexContract: readonly ContractCase[] = [
  // Success, and the parameters that change the claims.
  { name: 'an id_token is exchanged for an id_token for kubernetes', expected: success },
  {
    name: 'a huge id_token is accepted',
    subject: 'huge',
    expected: { ...success, claims: [...success.claims, 'groups'] },
  },
  {
    name: 'non-ASCII names, emails and groups are preserved',
    subject: 'non-ascii',
    expected: { ...success, claims: [...success.claims, 'groups'] },
  },
  {
    name: 'the audience of an id_token is ignored',
    subject: 'other-audience',
    expected: success,
  },
  {
    name: 'without requested_token_type an access_token is issued, with at_hash',
    fields: { requested_token_type: undefined },
    expected: { ...success, issuedType: 'access_token', claims: [...success.claims, 'at_hash'] },
  },
  {
    name: 'an access_token is a JWT in the same field',
    fields: { requested_token_type: `${typePrefix}access_token` },
    expected: { ...success, issuedType: 'access_token', claims: [...success.claims, 'at_hash'] },
  },
  {
    name: 'without scope the token has no email or name, and its audience is the client',
    fields: { scope: undefined },
    expected: { ...success, audience: 'ci', claims: [] },
  },
  {
    name: 'scope email adds the email only',
    fields: { scope: `openid email ${kubernetesScope}` },
    expected: { ...success, claims: ['azp', 'email', 'email_verified'] },
  },
  {
    name: 'scope profile adds the name only',
    fields: { scope: `openid profile ${kubernetesScope}` },
    expected: { ...success, claims: ['azp', 'name'] },
  },
  {
    name: 'scope groups adds no claim for a user without groups',
    fields: { scope: `openid groups ${kubernetesScope}` },
    expected: { ...success, claims: ['azp'] },
  },
  {
    name: 'scope federated:id adds federated_claims',
    fields: { scope: `openid federated:id ${kubernetesScope}` },
    expected: { ...success, claims: ['azp', 'federated_claims'] },
  },
  {
    name: 'unknown scopes, repeated scopes and extra spaces are ignored',
    fields: { scope: `  openid  email email profile nonsense api:write ${kubernetesScope}\n` },
    expected: success,
  },
  {
    name: 'a scope can name the client itself as audience',
    fields: {
      scope: `openid audience:server:client_id:dex-client-ci-token-exchange@d8-user-authn`,
    },
    expected: { ...success, audience: 'ci', claims: [] },
  },
  {
    name: 'audience, resource and actor_token are ignored',
    fields: {
      scope: 'openid',
      audience: 'kubernetes',
      resource: 'https://kubernetes.example.com',
      actor_token: 'nonsense',
      actor_token_type: 'nonsense',
    },
    expected: { ...success, audience: 'ci', claims: [] },
  },
  {
    name: 'parameters of the exchange can be in the query',
    query: `?scope=${encodeURIComponent(kubernetesScope)}`,
    fields: { scope: undefined },
    expected: { ...success, claims: ['azp'] },
  },
  {
    name: 'the form takes precedence over the query',
    query: '?connector_id=nope',
    expected: success,
  },

  // Connectors and kinds of subject tokens.
  {
    name: 'mockCallback accepts any text',
    connector: 'mock',
    subject: { text: 'any text, %+& too' },
    expected: mockSuccess,
  },
  {
    name: 'mockCallback accepts any text as access_token',
    connector: 'mock',
    subject: { text: 'x' },
    fields: { subject_token_type: `${typePrefix}access_token` },
    expected: mockSuccess,
  },
  {
    name: 'an access_token with openid is exchanged through userinfo',
    connector: 'keycloak',
    subject: 'keycloak-access',
    fields: {
      subject_token_type: `${typePrefix}access_token`,
      scope: `openid email profile ${kubernetesScope}`,
    },
    expected: { ...success, claims: [...success.claims, 'preferred_username'] },
  },
  {
    name: 'an access_token without openid is denied, because userinfo rejects it',
    connector: 'keycloak',
    subject: 'keycloak-access-without-openid',
    fields: { subject_token_type: `${typePrefix}access_token` },
    expected: denied,
  },
  {
    name: 'an access_token without an email is denied',
    connector: 'keycloak',
    subject: 'keycloak-access-without-email',
    fields: { subject_token_type: `${typePrefix}access_token` },
    expected: denied,
  },
  {
    name: 'an id_token is denied with getUserInfo, because userinfo rejects it',
    connector: 'keycloak',
    subject: 'keycloak-id',
    expected: denied,
  },
  {
    name: 'an access_token sent as id_token is accepted with getUserInfo',
    connector: 'keycloak',
    subject: 'keycloak-access',
    fields: { scope: `openid email profile ${kubernetesScope}` },
    expected: { ...success, claims: [...success.claims, 'preferred_username'] },
  },
  {
    name: 'an id_token sent as access_token to a connector without getUserInfo',
    fields: { subject_token_type: `${typePrefix}access_token` },
    expected: denied,
  },
  {
    name: 'a GitLab id_token for the Keycloak connector',
    connector: 'keycloak',
    expected: denied,
  },
  { name: 'an expired id_token', subject: 'expired', expected: denied },
  { name: 'an id_token that is not valid yet', subject: 'not-yet-valid', expected: denied },
  { name: 'an id_token without exp', subject: 'without-expiry', expected: denied },
  { name: 'an id_token signed with an unknown key', subject: 'foreign-key', expected: denied },
  { name: 'an id_token of another issuer', subject: 'foreign-issuer', expected: denied },
  { name: 'an id_token without sub', subject: 'without-sub', expected: denied },
  { name: 'an id_token without the email claim', subject: 'without-email', expected: denied },
  { name: 'an id_token without the user name', subject: 'without-user-login', expected: denied },
  { name: 'text that is not a JWT', subject: { text: '$GITLAB_OIDC_TOKEN' }, expected: denied },
  {
    name: 'an unsigned JWT',
    subject: { text: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' },
    expected: denied,
  },
  { name: 'no connector_id', fields: { connector_id: undefined }, expected: noConnector },
  { name: 'an empty connector_id', connector: { text: '' }, expected: noConnector },
  { name: 'an unknown connector', connector: { text: 'nope' }, expected: noConnector },
  { name: 'a connector in the wrong case', connector: { text: 'GitLab' }, expected: noConnector },
  { name: 'a connector without token exchange', connector: 'password', expected: noConnector },

  // Parameters.
  {
    name: 'subject_token_type jwt',
    fields: { subject_token_type: `${typePrefix}jwt` },
    expected: badSubjectType,
  },
  {
    name: 'a short subject_token_type',
    fields: { subject_token_type: 'id_token' },
    expected: badSubjectType,
  },
  {
    name: 'no subject_token_type',
    fields: { subject_token_type: undefined },
    expected: badSubjectType,
  },
  { name: 'an empty subject_token', subject: { text: '' }, expected: noSubject },
  { name: 'no subject_token', fields: { subject_token: undefined }, expected: noSubject },
  {
    name: 'requested_token_type refresh_token',
    fields: { requested_token_type: `${typePrefix}refresh_token` },
    expected: badRequestedType,
  },
  {
    name: 'requested_token_type jwt',
    fields: { requested_token_type: `${typePrefix}jwt` },
    expected: badRequestedType,
  },

  // The audience.
  { name: 'a client that is not a trusted peer', client: 'untrusted', expected: untrusted },
  {
    name: 'an audience that does not exist',
    fields: { scope: 'openid audience:server:client_id:nope' },
    expected: untrusted,
  },

  // Client authentication.
  {
    name: 'client credentials in the form',
    authorization: 'none',
    clientInForm: true,
    expected: success,
  },
  {
    name: 'a correct Basic header takes precedence over a wrong form',
    clientInForm: 'wrong-secret',
    expected: success,
  },
  {
    name: 'a wrong Basic header takes precedence over a correct form',
    authorization: ({ id }) => basic(id, 'wrong'),
    clientInForm: true,
    expected: badClient,
  },
  {
    name: 'the scheme Basic is case-insensitive',
    authorization: ({ id, secret }) => basic(formEncode(id), formEncode(secret)).replace('B', 'b'),
    expected: success,
  },
  {
    name: 'a header of another scheme is ignored',
    authorization: () => 'Bearer nonsense',
    clientInForm: true,
    expected: success,
  },
  {
    name: 'a Basic header that is not base64 is ignored',
    authorization: () => 'Basic !!!',
    clientInForm: true,
    expected: success,
  },
  { name: 'a Basic header without form-encoding', authorization: 'raw', expected: badClient },
  {
    name: 'a stray % in the client id',
    authorization: ({ secret }) => basic('100%', formEncode(secret)),
    expected: oauthError(400, 'invalid_request', 'client_id improperly encoded'),
  },
  {
    name: 'a stray % in the secret',
    authorization: ({ id }) => basic(formEncode(id), 'a%zz'),
    expected: oauthError(400, 'invalid_request', 'client_secret improperly encoded'),
  },
  {
    name: 'a wrong secret',
    authorization: ({ id }) => basic(formEncode(id), 'wrong'),
    expected: badClient,
  },
  {
    name: 'an empty secret',
    authorization: ({ id }) => basic(formEncode(id), ''),
    expected: badClient,
  },
  {
    name: 'an unknown client',
    authorization: ({ secret }) => basic('nobody', formEncode(secret)),
    expected: badClient,
  },
  { name: 'no client', authorization: 'none', expected: badClient },

  // The order of the checks, with two errors in each request.
  {
    name: 'the grant type is checked before the client',
    authorization: 'none',
    fields: { grant_type: 'password' },
    expected: oauthError(400, 'unsupported_grant_type'),
  },
  {
    name: 'the client is checked before the parameters',
    authorization: 'none',
    fields: { subject_token_type: undefined, subject_token: undefined, connector_id: undefined },
    expected: badClient,
  },
  {
    name: 'the subject token type is checked before the subject token',
    fields: { subject_token_type: undefined, subject_token: undefined },
    expected: badSubjectType,
  },
  {
    name: 'a missing subject token is reported before the connector',
    fields: { subject_token: undefined, connector_id: undefined },
    expected: noSubject,
  },
  {
    name: 'the connector is checked before the content of the subject token',
    connector: { text: 'nope' },
    subject: 'expired',
    expected: noConnector,
  },
  {
    name: 'the subject token is checked before the requested token type',
    subject: 'expired',
    fields: { requested_token_type: `${typePrefix}jwt` },
    expected: denied,
  },
  {
    name: 'the requested token type is checked before the audience',
    client: 'untrusted',
    fields: { requested_token_type: `${typePrefix}jwt` },
    expected: badRequestedType,
  },
  {
    name: 'the subject token is checked before the audience',
    client: 'untrusted',
    subject: 'expired',
    expected: denied,
  },

  // Requests that are not token exchanges.
  {
    name: 'no grant type',
    fields: { grant_type: undefined },
    expected: oauthError(400, 'unsupported_grant_type'),
  },
  {
    name: 'the grant type is ignored in the query',
    query: `?grant_type=${encodeURIComponent(exchangeGrant)}`,
    fields: { grant_type: undefined },
    expected: oauthError(400, 'unsupported_grant_type'),
  },
  {
    name: 'a form with another content type is ignored',
    contentType: 'application/json',
    expected: oauthError(400, 'unsupported_grant_type'),
  },
  {
    name: 'a malformed body',
    body: 'grant_type=%zz',
    expected: oauthError(400, 'invalid_request'),
  },
  {
    name: 'a GET request',
    method: 'GET',
    body: '',
    expected: oauthError(400, 'invalid_request', 'method not allowed'),
  },
  { name: 'two slashes before token', path: '//token', expected: notFound },
  { name: 'a slash after token', path: '/token/', expected: notFound },
];

/**
 * Registers the contract as vitest tests. Each test calls `peer`, so that a beforeAll can
 * start it.
 */
export function runContract(peer: () => DexPeer): void {
  describe('the token endpoint', () => {
    test.for(dexContract.map((item) => ({ ...item })))('$name', async (item) => {
      const { answer, subjectToken } = await ask(peer(), item);
      const { expected } = item;
      if ('issuedType' in expected)
        await expectSuccess(peer(), item, expected, answer, subjectToken);
      else expectError(expected, answer);
    });
  });

  describe('discovery', () => {
    test('has an issuer with a trailing slash and endpoints without double slashes', async () => {
      const { issuer, send, tokenUrl } = peer();
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const answer = await send(url, { method: 'GET', headers: {} });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(JSON.parse(answer.body)).toMatchObject({
        issuer,
        token_endpoint: tokenUrl,
        jwks_uri: tokenUrl.replace(/token$/, 'keys'),
        grant_types_supported: expect.arrayContaining([exchangeGrant]),
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      });
    });
  });
}

async function ask(
  peer: DexPeer,
  item: ContractCase,
): Promise<{ answer: ClientResponse; subjectToken: string }> {
  const client = peer.clients[item.client ?? 'ci'];
  const kind = item.subject ?? 'valid';
  const subjectToken = typeof kind === 'object' ? kind.text : await peer.mint(kind);
  const connector = item.connector ?? 'gitlab';
  const form: Record<string, string | undefined> = {
    grant_type: exchangeGrant,
    connector_id: typeof connector === 'object' ? connector.text : peer.connectors[connector],
    subject_token: subjectToken,
    subject_token_type: `${typePrefix}id_token`,
    requested_token_type: `${typePrefix}id_token`,
    scope: `openid profile email groups ${kubernetesScope}`,
    ...item.fields,
  };
  if (item.clientInForm !== undefined && item.clientInForm !== false) {
    form['client_id'] = client.id;
    form['client_secret'] = item.clientInForm === true ? client.secret : 'wrong';
  }
  const sent = Object.entries(form).filter(
    (field): field is [string, string] => field[1] !== undefined,
  );
  const authorization = authorizationHeader(item, client);
  const url =
    (item.path === undefined ? peer.tokenUrl : new URL(peer.tokenUrl).origin + item.path) +
    (item.query ?? '');
  const body = item.body ?? new URLSearchParams(sent).toString();
  const answer = await peer.send(url, {
    method: item.method ?? 'POST',
    headers: {
      'content-type': item.contentType ?? 'application/x-www-form-urlencoded',
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(body === '' ? {} : { body }),
  });
  return { answer, subjectToken };
}

function authorizationHeader(
  { authorization = 'encoded' }: ContractCase,
  { id, secret }: { readonly id: string; readonly secret: string },
): string | undefined {
  switch (authorization) {
    case 'encoded':
      return basic(formEncode(id), formEncode(secret));
    case 'raw':
      return basic(id, secret);
    case 'none':
      return undefined;
    default:
      return authorization({ id, secret });
  }
}

function expectError(expected: ContractError, answer: ClientResponse): void {
  expect(answer.status, answer.body).toBe(expected.status);
  expect(answer.headers).not.toHaveProperty('www-authenticate');
  if (expected.error === undefined) {
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.body).toBe('404 page not found\n');
    return;
  }
  expect(answer.headers['content-type']).toBe('application/json');
  expect(JSON.parse(answer.body)).toStrictEqual({
    error: expected.error,
    ...(expected.description === undefined ? {} : { error_description: expected.description }),
  });
}

async function expectSuccess(
  peer: DexPeer,
  item: ContractCase,
  expected: ContractSuccess,
  answer: ClientResponse,
  subjectToken: string,
): Promise<void> {
  const life = peer.tokenLifeSeconds;
  expect(answer.status, answer.body).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  });
  const fields = JSON.parse(answer.body) as Record<string, unknown>;
  expect(fields).toStrictEqual({
    access_token: expect.any(String),
    issued_token_type: `${typePrefix}${expected.issuedType}`,
    token_type: 'bearer',
    expires_in: expect.any(Number),
  });
  expect(fields['expires_in']).toBeLessThanOrEqual(life);
  expect(fields['expires_in']).toBeGreaterThan(life - 5);

  const claims = await verifiedClaims(peer, String(fields['access_token']));
  const audience = [expected.audience]
    .flat()
    .map((name) => (name === 'ci' ? peer.clients.ci.id : name));
  const identity = expected.identity === 'mock' ? kilgoreTrout : identityOf(item, subjectToken);
  const connectorId = peer.connectors[connectorOf(item)];
  expect(new Set(Object.keys(claims))).toStrictEqual(
    new Set(['iss', 'sub', 'aud', 'exp', 'iat', ...expected.claims]),
  );
  expect(claims).toMatchObject({
    iss: peer.issuer,
    sub: subject(identity.userId, connectorId),
    aud: audience.length === 1 ? audience[0] : audience,
  });
  const { iat, exp } = claims as { iat: number; exp: number };
  expect(exp - iat).toBe(life);
  expect(Math.abs(iat - Date.parse(answer.headers['date'] ?? '') / 1000)).toBeLessThan(5);

  const values = {
    azp: peer.clients.ci.id,
    at_hash: expect.stringMatching(/^[\w-]{22}$/),
    email: identity.email,
    email_verified: true,
    name: identity.name,
    preferred_username: identity.preferredUsername,
    groups: identity.groups,
    federated_claims: { connector_id: connectorId, user_id: identity.userId },
  };
  for (const name of expected.claims) expect(claims[name], name).toStrictEqual(values[name]);
}

/** Verifies a token (RS256, with a kid, without a typ) with the keys of `peer`. */
async function verifiedClaims(peer: DexPeer, token: string): Promise<Claims> {
  const keysUrl = peer.tokenUrl.replace(/token$/, 'keys');
  const keys = await peer.send(keysUrl, { method: 'GET', headers: {} });
  const jwks = JSON.parse(keys.body) as JSONWebKeySet;
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks));
  expect(protectedHeader).toStrictEqual({ alg: 'RS256', kid: expect.any(String) });
  return payload;
}

interface ExpectedIdentity {
  readonly userId: string;
  readonly name: unknown;
  readonly email: unknown;
  readonly preferredUsername?: unknown;
  readonly groups?: unknown;
}

const kilgoreTrout: ExpectedIdentity = {
  userId: '0-385-28089-0',
  name: 'Kilgore Trout',
  email: 'kilgore@kilgore.trout',
  groups: ['authors'],
};

/** The identity to which the connector maps the claims of the subject token. */
function identityOf(item: ContractCase, subjectToken: string): ExpectedIdentity {
  const claims: Claims = decodeJwt(subjectToken);
  const keycloak = connectorOf(item) === 'keycloak';
  return {
    userId: String(claims['sub']),
    name: claims[keycloak ? 'preferred_username' : 'user_login'],
    email: claims[keycloak ? 'email' : 'user_email'],
    preferredUsername: claims['preferred_username'],
    groups: claims['groups'],
  };
}

function connectorOf({ connector }: ContractCase): keyof DexPeer['connectors'] {
  return typeof connector === 'string' ? connector : 'gitlab';
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}
