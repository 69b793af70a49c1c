import { createHash, randomBytes } from 'node:crypto';
import {
  type ConnectorIssuers,
  ConnectorUnusable,
  type DexConnector,
  type DexIdentity,
  SubjectTokenDenied,
  tokenIdentity,
  usualConnectors,
} from './dex-connectors.ts';
import type { Claims } from './gitlab-claims.ts';
import {
  type Answer,
  type RecordedRequest,
  type ServerBehaviour,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';
import { createSigningKeys } from './signing-keys.ts';

/** A static client: in DKP `kubernetes`, or a client created from a DexClient. */
export interface DexStaticClient {
  readonly id: string;
  readonly secret: string;
  /** Clients that may request this one as an audience. */
  readonly trustedPeers?: readonly string[];
  /** Supported by Dex after 2.45.1, which denies other connectors with `invalid_grant`. */
  readonly allowedConnectors?: readonly string[];
}

/** May be changed while Dex runs. */
export interface DexBehaviour extends ServerBehaviour {
  /** Default: `dexClients`. */
  clients?: readonly DexStaticClient[] | undefined;
  connectors?: readonly DexConnector[] | undefined;
  /** Default: those of Dex, with token exchange. */
  grantTypes?: readonly string[] | undefined;
  /** Default: 600, like DKP. 0 omits `expires_in`; tokens of a negative lifetime are expired. */
  tokenLifeSeconds?: number | undefined;
  /** Changes the claims before they are signed, for example removes `exp`. */
  editClaims?: ((claims: Claims) => Claims) | undefined;
  /** Changes the JSON of a success, for example removes `access_token`. */
  editAnswer?: ((answer: Claims) => unknown) | undefined;
  editDiscovery?: ((document: Claims) => unknown) | undefined;
}

export interface DexOptions extends ServerOptions, DexBehaviour {
  /** The path of the issuer, such as `/dex`; default none. */
  readonly path?: string;
  /** Whether the issuer ends in a slash, as that of DKP does; default: true. */
  readonly trailingSlash?: boolean;
  /** The complete issuer, for a Dex that clients reach under another address. */
  readonly issuer?: string;
  /** The IdPs of the default connectors `gitlab` and `keycloak`; unused with `connectors`. */
  readonly idps?: ConnectorIssuers;
}

export interface Dex {
  /** The configured issuer, as in `iss` and in discovery. */
  readonly issuer: string;
  /** The origin and path at which Dex listens, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly tokenUrl: string;
  /** All requests, including those for discovery and keys. */
  readonly requests: readonly RecordedRequest[];
  readonly tokenRequests: () => readonly RecordedRequest[];
  readonly connections: () => number;
  /** The log of Dex, with details that its responses omit. */
  readonly log: readonly string[];
  readonly behaviour: DexBehaviour;
  /** Signs any claims with Dex's key. */
  readonly sign: (claims: Claims) => Promise<string>;
  readonly rotateKeys: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The clients of the contract, both in the stand-in and in the real Dex. */
export const dexClients = [
  { id: 'dex-client-ci-token-exchange@d8-user-authn', secret: 's3cr+t%2F=&:x' },
  { id: 'dex-client-untrusted@d8-user-authn', secret: 'untrusted-s3cret' },
  {
    id: 'kubernetes',
    secret: 'kubernetes-s3cret',
    trustedPeers: ['dex-client-ci-token-exchange@d8-user-authn'],
  },
] as const satisfies readonly DexStaticClient[];

/**
 * A stand-in for Dex 2.45.1 with the endpoints of a token exchange: discovery, keys and `/token`.
 * It makes the same checks in the same order as Dex, and sends an error text only if Dex does;
 * `dex-contract.ts` is run against both.
 */
export async function startDex(options: DexOptions = {}): Promise<Dex> {
  const keys = await createSigningKeys();
  const behaviour: DexBehaviour = {
    misbehave: options.misbehave,
    clockSkewSeconds: options.clockSkewSeconds,
    clients: options.clients,
    connectors: options.connectors ?? usualConnectors(options.idps ?? {}),
    grantTypes: options.grantTypes,
    tokenLifeSeconds: options.tokenLifeSeconds,
    editClaims: options.editClaims,
    editAnswer: options.editAnswer,
    editDiscovery: options.editDiscovery,
  };
  const log: string[] = [];
  const base = options.issuer === undefined ? undefined : new URL(options.issuer);
  const path = (base?.pathname ?? options.path ?? '').replace(/\/+$/, '');

  const server = await startHttpServer(options, behaviour, (request) => {
    // Dex routes by the literal path, so `//token` and `/token/` are not `/token`.
    switch (request.path) {
      case `${path}/.well-known/openid-configuration`:
        return json(200, behaviour.editDiscovery?.(discovery()) ?? discovery());
      case `${path}/keys`:
        return keys.jwks().then((jwks) => json(200, jwks, keysHeaders));
      case `${path}/token`:
        return token(request);
      case `${path}/healthz`:
        return {
          status: 200,
          headers: { 'Content-Type': 'text/plain' },
          body: 'Health check passed',
        };
      case path === '' ? '/' : path:
        return {
          status: 200,
          headers: { 'Content-Type': 'text/html' },
          body: '<title>Dex</title>',
        };
      default:
        return notFound;
    }
  });
  const slash = options.trailingSlash === false ? '' : '/';
  const issuer = options.issuer ?? `${server.origin}${path}${slash}`;

  function discovery(): Claims {
    const endpoint = issuer.replace(/\/+$/, '');
    return {
      issuer,
      authorization_endpoint: `${endpoint}/auth`,
      token_endpoint: `${endpoint}/token`,
      jwks_uri: `${endpoint}/keys`,
      userinfo_endpoint: `${endpoint}/userinfo`,
      device_authorization_endpoint: `${endpoint}/device/code`,
      introspection_endpoint: `${endpoint}/token/introspect`,
      grant_types_supported: grantTypes(),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256', 'plain'],
      scopes_supported: ['openid', 'email', 'groups', 'profile', 'offline_access'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      claims_supported: [
        'iss',
        'sub',
        'aud',
        'iat',
        'exp',
        'email',
        'email_verified',
        'locale',
        'name',
        'preferred_username',
        'at_hash',
      ],
    };
  }

  async function token(request: RecordedRequest): Promise<Answer> {
    if (request.method !== 'POST') return oauthError(400, 'invalid_request', 'method not allowed');
    const posted = postedForm(request);
    if (posted === undefined) return oauthError(400, 'invalid_request');
    const grantType = posted.get('grant_type') ?? '';
    if (!grantTypes().includes(grantType)) return oauthError(400, 'unsupported_grant_type');
    const client = authenticate(request, posted);
    if ('status' in client) return client;
    if (grantType !== exchangeGrant) return { status: 501, body: 'the stand-in only exchanges' };
    return await exchange(client, (name) => posted.get(name) ?? request.query.get(name) ?? '');
  }

  /** A Basic header takes precedence over the form, even if only the form is right. */
  function authenticate(
    { basic }: RecordedRequest,
    posted: URLSearchParams,
  ): DexStaticClient | Answer {
    const id = basic ? queryUnescape(basic.user) : (posted.get('client_id') ?? '');
    if (id === undefined) return oauthError(400, 'invalid_request', 'client_id improperly encoded');
    const secret = basic ? queryUnescape(basic.password) : (posted.get('client_secret') ?? '');
    if (secret === undefined) {
      return oauthError(400, 'invalid_request', 'client_secret improperly encoded');
    }
    const client = findClient(id);
    if (client === undefined || client.secret !== secret) {
      return oauthError(401, 'invalid_client', 'Invalid client credentials.');
    }
    return client;
  }

  async function exchange(
    client: DexStaticClient,
    parameter: (name: string) => string,
  ): Promise<Answer> {
    const subjectTokenType = shortType(parameter('subject_token_type'));
    if (subjectTokenType === undefined) {
      return oauthError(400, 'request_not_supported', 'Invalid subject_token_type.');
    }
    const subjectToken = parameter('subject_token');
    if (subjectToken === '') return oauthError(400, 'invalid_request', 'Missing subject_token');
    const connectorId = parameter('connector_id');
    if (client.allowedConnectors && !client.allowedConnectors.includes(connectorId)) {
      return oauthError(400, 'invalid_grant', 'Connector not allowed for this client.');
    }
    const connector = behaviour.connectors?.find(({ id }) => id === connectorId);
    if (connector === undefined) {
      return oauthError(400, 'invalid_request', 'Requested connector does not exist.');
    }
    let identity: DexIdentity;
    try {
      identity = await tokenIdentity(connector, subjectTokenType, subjectToken, nowMs());
    } catch (error) {
      if (error instanceof ConnectorUnusable) {
        log.push(`failed to get connector: ${reason(error)}`);
        return oauthError(400, 'invalid_request', 'Requested connector does not exist.');
      }
      if (error instanceof SubjectTokenDenied) {
        log.push(`failed to verify subject token: ${reason(error)}`);
        return oauthError(401, 'access_denied');
      }
      throw error;
    }
    const requestedType = parameter('requested_token_type') || `${typePrefix}access_token`;
    if (shortType(requestedType) === undefined) {
      return oauthError(400, 'request_not_supported', 'Invalid requested_token_type.');
    }
    const scopes = parameter('scope').split(/\s+/).filter(Boolean);
    const audience = audiencesOf(scopes);
    const stranger = audience.find((peer) => !trusts(peer, client.id));
    if (stranger !== undefined) {
      log.push(
        `token exchange failed to create new token: peer (${stranger}) does not trust client`,
      );
      return oauthError(500, 'server_error');
    }
    const claims = tokenClaims({
      identity,
      connectorId,
      clientId: client.id,
      scopes,
      audience,
      accessToken: shortType(requestedType) === 'access_token',
    });
    const life = lifeSeconds();
    const answer = {
      access_token: await keys.sign(behaviour.editClaims?.(claims) ?? claims),
      issued_token_type: requestedType,
      token_type: 'bearer',
      // Dex truncates the remaining time to whole seconds, and Go omits a 0.
      ...(Math.trunc(life - 0.001) === 0 ? {} : { expires_in: Math.trunc(life - 0.001) }),
    };
    return json(200, behaviour.editAnswer?.(answer) ?? answer, {
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
    });
  }

  function tokenClaims(token: {
    identity: DexIdentity;
    connectorId: string;
    clientId: string;
    scopes: readonly string[];
    audience: readonly string[];
    accessToken: boolean;
  }): Claims {
    const { identity, connectorId, clientId, scopes } = token;
    const aud = [...token.audience];
    if (!aud.includes(clientId)) aud.push(clientId);
    const issuedAtSeconds = Math.floor(nowMs() / 1000);
    const emailVerified = identity.emailVerified ?? false;
    return compact({
      iss: issuer,
      sub: subject(identity.userId, connectorId),
      aud: aud.length === 1 ? aud[0] : aud,
      exp: Math.floor(nowMs() / 1000 + lifeSeconds()),
      iat: issuedAtSeconds,
      azp: aud.length > 1 ? clientId : undefined,
      at_hash: token.accessToken ? halfHash(randomBytes(16).toString('hex')) : undefined,
      ...(scopes.includes('email')
        ? { email: identity.email || undefined, email_verified: emailVerified }
        : {}),
      ...(scopes.includes('groups') && identity.groups?.length ? { groups: identity.groups } : {}),
      ...(scopes.includes('profile')
        ? {
            name: identity.username || undefined,
            preferred_username: identity.preferredUsername || undefined,
          }
        : {}),
      ...(scopes.includes('federated:id')
        ? { federated_claims: { connector_id: connectorId, user_id: identity.userId } }
        : {}),
    });
  }

  function trusts(audience: string, clientId: string): boolean {
    return audience === clientId || findClient(audience)?.trustedPeers?.includes(clientId) === true;
  }

  function findClient(id: string): DexStaticClient | undefined {
    const clients: readonly DexStaticClient[] = behaviour.clients ?? dexClients;
    return clients.find((client) => client.id === id);
  }

  function grantTypes(): readonly string[] {
    return behaviour.grantTypes ?? defaultGrantTypes;
  }

  function lifeSeconds(): number {
    return behaviour.tokenLifeSeconds ?? 600;
  }

  function nowMs(): number {
    return Date.now() + (behaviour.clockSkewSeconds ?? 0) * 1000;
  }

  return {
    issuer,
    url: `${server.origin}${path}`,
    port: server.port,
    tokenUrl: `${server.origin}${path}/token`,
    requests: server.requests,
    tokenRequests: () => server.requests.filter((request) => request.path === `${path}/token`),
    connections: server.connections,
    log,
    behaviour,
    sign: (claims) => keys.sign(claims),
    rotateKeys: keys.rotate,
    close: server.close,
  };
}

/** Dex's `sub`: a protobuf of user id (field 1) and connector id (field 2), base64url. */
export function subject(userId: string, connectorId: string): string {
  const field = (tag: number, value: string): Buffer => {
    const bytes = Buffer.from(value);
    return bytes.length === 0
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from([tag, ...varint(bytes.length)]), bytes]);
  };
  return Buffer.concat([field(0x0a, userId), field(0x12, connectorId)]).toString('base64url');
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const defaultGrantTypes = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  exchangeGrant,
];
const typePrefix = 'urn:ietf:params:oauth:token-type:';
const audiencePrefix = 'audience:server:client_id:';
const keysHeaders = { 'Cache-Control': 'max-age=600, must-revalidate' };
const notFound: Answer = {
  status: 404,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
  body: '404 page not found\n',
};

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

/** Dex omits an empty description and sends no WWW-Authenticate header. */
function oauthError(status: number, error: string, description?: string): Answer {
  return json(status, compact({ error, error_description: description }));
}

function compact(claims: Claims): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/**
 * The form as Go parses it: empty if the content type is not that of a form, undefined if the body
 * or the query is malformed (a stray `%`, a semicolon between parameters).
 */
function postedForm(request: RecordedRequest): URLSearchParams | undefined {
  const query = request.target.slice(request.path.length + 1);
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const body = type === 'application/x-www-form-urlencoded' ? request.body : '';
  return readable(query) && readable(body) ? new URLSearchParams(body) : undefined;
}

function readable(encoded: string): boolean {
  return !encoded.includes(';') && !strayPercent.test(encoded);
}

const strayPercent = /%(?![0-9A-Fa-f]{2})/;

/** Form-urldecodes a value; returns undefined if it contains a stray `%`. */
function queryUnescape(encoded: string): string | undefined {
  if (strayPercent.test(encoded)) return undefined;
  return new URLSearchParams(`v=${encoded.replaceAll('&', '%26')}`).get('v') ?? '';
}

function shortType(urn: string): 'id_token' | 'access_token' | undefined {
  const short = urn.startsWith(typePrefix) ? urn.slice(typePrefix.length) : '';
  return short === 'id_token' || short === 'access_token' ? short : undefined;
}

function audiencesOf(scopes: readonly string[]): readonly string[] {
  return scopes
    .filter((scope) => scope.startsWith(audiencePrefix))
    .map((scope) => scope.slice(audiencePrefix.length));
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** `at_hash` of an RS256 token (OpenID Connect Core, 3.1.3.6). */
function halfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}

function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${reason(cause)}` : error.message;
}
