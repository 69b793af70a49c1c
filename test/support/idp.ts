import { createPublicKey, randomUUID } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import {
  type Claims,
  gitlabClaims,
  kindOverrides,
  type SubjectTokenKind,
} from './gitlab-claims.ts';
import {
  type Answer,
  type RecordedRequest,
  type ServerBehaviour,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';
import { createSigningKeys } from './signing-keys.ts';

/** A confidential client with a service account, like those of Keycloak. */
export interface IdpClient {
  readonly clientId: string;
  /** For client_secret_basic and client_secret_post. */
  readonly clientSecret?: string;
  /** For private_key_jwt: SPKI PEM. */
  readonly publicKeyPem?: string;
  /** Claims of the service account that override the defaults; `undefined` removes a claim. */
  readonly claims?: Claims;
}

/** May be changed while the IdP runs. */
export interface IdpBehaviour extends ServerBehaviour {
  /** Default: `idpClients`. */
  clients?: readonly IdpClient[] | undefined;
  /** Default: 300, like Keycloak. */
  accessTokenLifeSeconds?: number | undefined;
  /** `opaque` tokens are not JWTs, but userinfo accepts them. Default: `jwt`, like Keycloak. */
  accessTokenForm?: 'jwt' | 'opaque' | undefined;
  /** Changes the discovery document, for example the issuer or an endpoint. */
  editDiscovery?: ((document: Claims) => unknown) | undefined;
}

export interface IdpOptions extends ServerOptions, IdpBehaviour {
  /** The path of the issuer, such as `/realms/ci`; default: no path. */
  readonly path?: string;
  /** The complete issuer, for an IdP that clients reach under another name. */
  readonly issuer?: string;
}

export interface Idp {
  readonly issuer: string;
  /** The origin and path at which the IdP listens. */
  readonly url: string;
  readonly port: number;
  readonly tokenUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** The requests to the token endpoint. */
  readonly tokenRequests: () => readonly RecordedRequest[];
  readonly behaviour: IdpBehaviour;
  /** Signs any claims; `iss` is added unless the claims have that key, even if it is undefined. */
  readonly mint: (
    claims: Claims,
    options?: { readonly header?: Claims; readonly foreign?: boolean },
  ) => Promise<string>;
  /** A GitLab id_token of this issuer. */
  readonly mintGitlab: (kind?: SubjectTokenKind, overrides?: Claims) => Promise<string>;
  /** An access token like that of the token endpoint, for a requested scope. */
  readonly mintAccessToken: (clientId: string, scope: string) => Promise<string>;
  /** The id_token that accompanies such an access token if the scope contains openid. */
  readonly mintIdToken: (clientId: string) => Promise<string>;
  readonly rotateKeys: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The default clients of the IdP. Basic authentication must encode the secret of the first one. */
export const idpClients = [
  { clientId: 'ci-client', clientSecret: 'idp+s3cr%2Ft:&=' },
  {
    clientId: 'ci-without-email',
    clientSecret: 'idp-without-email',
    claims: { email: undefined, email_verified: undefined },
  },
] as const satisfies readonly IdpClient[];

/**
 * An OIDC issuer with the endpoints that an exchange needs: discovery, JWKS, client_credentials and
 * userinfo. It does not use oidc-provider, because that server cannot play Keycloak: its userinfo
 * rejects clients without a user, and its JWT access tokens carry no identity claims. Client
 * authentication is as strict as in oidc-provider (RFC 6749, 2.3; RFC 7523, 3); `peers.test.ts`
 * compares the two.
 */
export async function startIdp(options: IdpOptions = {}): Promise<Idp> {
  const keys = await createSigningKeys();
  const behaviour: IdpBehaviour = {
    misbehave: options.misbehave,
    clockSkewSeconds: options.clockSkewSeconds,
    clients: options.clients,
    accessTokenLifeSeconds: options.accessTokenLifeSeconds,
    accessTokenForm: options.accessTokenForm,
    editDiscovery: options.editDiscovery,
  };
  const opaqueTokens = new Map<string, string>();
  const usedAssertions = new Set<string>();
  const base = options.issuer === undefined ? undefined : new URL(options.issuer);
  const path = (base?.pathname ?? options.path ?? '').replace(/\/+$/, '');

  const server = await startHttpServer(options, behaviour, (request) => {
    if (!request.path.startsWith(`${path}/`)) return notFound;
    switch (request.path.slice(path.length)) {
      case '/.well-known/openid-configuration':
        return json(200, behaviour.editDiscovery?.(discovery()) ?? discovery());
      case '/jwks':
        return keys.jwks().then((jwks) => json(200, jwks));
      case '/token':
        return request.method === 'POST' ? token(request) : json(405, { error: 'invalid_request' });
      case '/userinfo':
        return userinfo(request);
      default:
        return notFound;
    }
  });
  const issuer = options.issuer ?? `${server.origin}${options.path ?? ''}`;
  const endpoint = issuer.replace(/\/+$/, '');

  function nowMs(): number {
    return Date.now() + (behaviour.clockSkewSeconds ?? 0) * 1000;
  }

  function discovery(): Claims {
    return {
      issuer,
      authorization_endpoint: `${endpoint}/auth`,
      token_endpoint: `${endpoint}/token`,
      jwks_uri: `${endpoint}/jwks`,
      userinfo_endpoint: `${endpoint}/userinfo`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'client_credentials'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
      ],
      token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
      scopes_supported: knownScopes,
    };
  }

  async function token(request: RecordedRequest): Promise<Answer> {
    const repeated = [...new Set(request.form.keys())].find(
      (name) => request.form.getAll(name).length > 1 && name !== 'resource' && name !== 'audience',
    );
    // RFC 6749, 3.2: parameters must not be included more than once.
    if (repeated !== undefined) return oauthError(400, 'invalid_request', 'duplicated parameter');
    const client = await authenticate(request);
    if ('status' in client) return client;
    const grantType = request.form.get('grant_type');
    if (grantType === null) {
      return oauthError(400, 'invalid_request', 'Missing form parameter: grant_type');
    }
    if (grantType !== 'client_credentials') {
      return oauthError(400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
    const scope = request.form.get('scope') ?? '';
    const unknown = scopesOf(scope).find((name) => !knownScopes.includes(name));
    if (unknown !== undefined) return oauthError(400, 'invalid_scope', `Invalid scopes: ${scope}`);
    const claims = accessTokenClaims(client, scope);
    const accessToken = await issue(claims);
    return json(
      200,
      {
        access_token: accessToken,
        expires_in: lifeSeconds(),
        refresh_expires_in: 0,
        token_type: 'Bearer',
        ...(scopesOf(scope).includes('openid') ? { id_token: await issueIdToken(claims) } : {}),
        'not-before-policy': 0,
        scope: claims['scope'],
      },
      { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
    );
  }

  async function authenticate(request: RecordedRequest): Promise<IdpClient | Answer> {
    const { form, headers } = request;
    const methods = [
      headers.authorization !== undefined,
      form.has('client_secret'),
      form.has('client_assertion'),
    ].filter(Boolean).length;
    // RFC 6749, 2.3: clients must not use more than one method in a request.
    if (methods > 1)
      return oauthError(400, 'invalid_request', 'more than one client authentication');
    if (headers.authorization !== undefined) return withBasic(request);
    const assertion = form.get('client_assertion');
    if (assertion !== null) return await withAssertion(assertion, form);
    const clientId = form.get('client_id');
    if (clientId === null) return invalidClient();
    return withSecret(clientId, form.get('client_secret') ?? '');
  }

  function withBasic({ basic }: RecordedRequest): IdpClient | Answer {
    const clientId = formDecoded(basic?.user);
    const secret = formDecoded(basic?.password);
    if (clientId === undefined || secret === undefined) {
      return oauthError(400, 'unauthorized_client', 'Unexpected error when authenticating client');
    }
    return withSecret(clientId, secret);
  }

  function withSecret(clientId: string, secret: string): IdpClient | Answer {
    const client = findClient(clientId);
    if (client === undefined) return invalidClient();
    if (client.clientSecret === undefined || client.clientSecret !== secret) {
      return oauthError(401, 'unauthorized_client', invalidCredentials);
    }
    return client;
  }

  async function withAssertion(
    assertion: string,
    form: URLSearchParams,
  ): Promise<IdpClient | Answer> {
    if (form.get('client_assertion_type') !== assertionType) {
      return oauthError(400, 'invalid_client', 'Parameter client_assertion_type is not valid');
    }
    try {
      const { iss, sub } = decodeJwt(assertion);
      const client = typeof sub === 'string' ? findClient(sub) : undefined;
      if (client?.publicKeyPem === undefined || iss !== sub) return invalidClient();
      if (form.has('client_id') && form.get('client_id') !== sub) return invalidClient();
      const { payload } = await jwtVerify(assertion, createPublicKey(client.publicKeyPem), {
        algorithms: assertionAlgorithms,
        audience: [issuer, `${endpoint}/token`],
        currentDate: new Date(nowMs()),
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'jti'],
      });
      const lifeSeconds = (payload.exp ?? 0) - nowMs() / 1000;
      if (lifeSeconds > maxAssertionLifeSeconds) {
        return oauthError(400, 'invalid_client', 'Token expiration is too far in the future');
      }
      const once = `${sub}:${payload.jti}`;
      if (usedAssertions.has(once))
        return oauthError(400, 'invalid_client', 'Token reuse detected');
      usedAssertions.add(once);
      return client;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return oauthError(400, 'invalid_client', `Invalid client assertion: ${error.code}`);
    }
  }

  async function userinfo(request: RecordedRequest): Promise<Answer> {
    const bearer = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined) return challenge(401);
    const claims = await verified(opaqueTokens.get(bearer) ?? bearer);
    if (claims === undefined) return challenge(401, 'invalid_token', 'Token verification failed');
    if (!scopesOf(String(claims['scope'] ?? '')).includes('openid')) {
      return challenge(403, 'insufficient_scope', 'Missing openid scope');
    }
    const { sub, name, preferred_username, email, email_verified, groups } = claims;
    return json(200, { sub, name, preferred_username, email, email_verified, groups });
  }

  /** The claims of a valid access token of this IdP; undefined for any other token. */
  async function verified(token: string): Promise<Claims | undefined> {
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(await keys.jwks()), {
        issuer,
        currentDate: new Date(nowMs()),
      });
      return payload['typ'] === 'Bearer' ? payload : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  /** Keycloak adds its default client scopes, but never openid, to the requested scope. */
  function accessTokenClaims(client: IdpClient, requestedScope: string): Claims {
    const scopes = [...new Set([...scopesOf(requestedScope), 'email', 'profile'])];
    const issuedAt = Math.floor(nowMs() / 1000);
    const user = `service-account-${client.clientId.toLowerCase()}`;
    return {
      exp: issuedAt + lifeSeconds(),
      iat: issuedAt,
      jti: `trrtcc:${randomUUID()}`,
      iss: issuer,
      aud: 'account',
      sub: `user-of-${client.clientId}`,
      typ: 'Bearer',
      azp: client.clientId,
      acr: '1',
      scope: scopes.join(' '),
      client_id: client.clientId,
      preferred_username: user,
      email: `${user}@example.com`,
      email_verified: true,
      ...client.claims,
    };
  }

  async function issue(claims: Claims): Promise<string> {
    const jwt = await keys.sign(claims, { header: { typ: 'JWT' } });
    if (behaviour.accessTokenForm !== 'opaque') return jwt;
    const opaque = randomUUID().replaceAll('-', '');
    opaqueTokens.set(opaque, jwt);
    return opaque;
  }

  function issueIdToken(accessClaims: Claims): Promise<string> {
    const { scope: _scope, ...claims } = accessClaims;
    return keys.sign({ ...claims, typ: 'ID', aud: claims['azp'] }, { header: { typ: 'JWT' } });
  }

  function knownClient(clientId: string): IdpClient {
    const client = findClient(clientId);
    if (client === undefined) throw new Error(`the IdP has no client ${clientId}`);
    return client;
  }

  function lifeSeconds(): number {
    return behaviour.accessTokenLifeSeconds ?? 300;
  }

  function findClient(clientId: string): IdpClient | undefined {
    const clients: readonly IdpClient[] = behaviour.clients ?? idpClients;
    return clients.find((client) => client.clientId === clientId);
  }

  const mint: Idp['mint'] = (claims, mintOptions = {}) =>
    keys.sign(
      { iss: issuer, ...claims },
      { ...mintOptions, header: { typ: 'JWT', ...mintOptions.header } },
    );

  return {
    issuer,
    url: `${server.origin}${path}`,
    port: server.port,
    tokenUrl: `${endpoint}/token`,
    requests: server.requests,
    tokenRequests: () => server.requests.filter((request) => request.path === `${path}/token`),
    behaviour,
    mint,
    mintGitlab: (kind = 'valid', overrides = {}) =>
      mint(
        gitlabClaims({ iss: issuer, ...kindOverrides(kind, nowMs()), ...overrides }, nowMs()),
        kind === 'foreign-key' ? { foreign: true } : {},
      ),
    async mintAccessToken(clientId, scope) {
      return await issue(accessTokenClaims(knownClient(clientId), scope));
    },
    async mintIdToken(clientId) {
      return await issueIdToken(accessTokenClaims(knownClient(clientId), 'openid'));
    },
    rotateKeys: keys.rotate,
    close: server.close,
  };
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const maxAssertionLifeSeconds = 300;
const knownScopes = ['openid', 'profile', 'email', 'groups', 'roles', 'offline_access'];
const invalidCredentials = 'Invalid client or Invalid client credentials';
const notFound: Answer = { status: 404, body: 'not found' };

function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

function oauthError(status: number, error: string, description: string): Answer {
  return json(
    status,
    { error, error_description: description },
    { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
  );
}

/** Keycloak's userinfo reports an error in the header (RFC 6750, 3); the body is empty. */
function challenge(status: number, error?: string, description?: string): Answer {
  const parts = [
    'Bearer realm="test"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(description === undefined ? [] : [`error_description="${description}"`]),
  ];
  return { status, headers: { 'WWW-Authenticate': parts.join(', ') } };
}

function invalidClient(): Answer {
  return oauthError(401, 'invalid_client', invalidCredentials);
}

function scopesOf(scope: string): string[] {
  return scope.split(' ').filter((item) => item !== '');
}

/** One part of a Basic credential, form-urldecoded (RFC 6749, 2.3.1). */
function formDecoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
