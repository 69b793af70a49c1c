import { createHash, randomBytes } from 'node:crypto';
import {
  type ConnectorIssuers,
  ConnectorUnusable,
  type DexConnector,
  type DexIdentity,
  SubjectTokenRefused,
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

/** A static client; for DKP one that a DexClient made, or `kubernetes` itself. */
export interface DexStaticClient {
  readonly id: string;
  readonly secret: string;
  /** Clients that may ask for this one as an audience. */
  readonly trustedPeers?: readonly string[];
  /** Only newer Dex than 2.45.1 knows it: any other connector is `invalid_grant`. */
  readonly allowedConnectors?: readonly string[];
}

/** May be changed while Dex runs. */
export interface DexBehaviour extends ServerBehaviour {
  /** Default: `dexClients`. */
  clients?: readonly DexStaticClient[] | undefined;
  connectors?: readonly DexConnector[] | undefined;
  /** Default: Dex's own, with token exchange. */
  grantTypes?: readonly string[] | undefined;
  /** Seconds; default 600, DKP's. 0 leaves `expires_in` out, a negative one is expired already. */
  tokenLifeSeconds?: number | undefined;
  /** Changes the claims before they are signed: no exp, another audience. */
  editClaims?: ((claims: Claims) => Claims) | undefined;
  /** Changes the JSON of a success: no access_token, another expires_in. */
  editAnswer?: ((answer: Claims) => unknown) | undefined;
  editDiscovery?: ((document: Claims) => unknown) | undefined;
}

export interface DexOptions extends ServerOptions, DexBehaviour {
  /** The path of the issuer, such as `/dex`; default none. */
  readonly path?: string;
  /** DKP's issuer ends in a slash, and so does ours unless this is false. */
  readonly trailingSlash?: boolean;
  /** A whole issuer, for a Dex that is reached by another address. */
  readonly issuer?: string;
  /** The IdPs of the usual connectors `gitlab` and `keycloak`, if `connectors` is not given. */
  readonly idps?: ConnectorIssuers;
}

export interface Dex {
  /** As configured, in `iss` and in discovery. */
  readonly issuer: string;
  /** Origin and path under which Dex is really reached, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly tokenUrl: string;
  /** Everything that was asked, discovery and keys too. */
  readonly requests: readonly RecordedRequest[];
  readonly tokenRequests: () => readonly RecordedRequest[];
  readonly connections: () => number;
  /** What Dex tells its log and not its client. */
  readonly log: readonly string[];
  readonly behaviour: DexBehaviour;
  /** Signs any claims with Dex's key. */
  readonly sign: (claims: Claims) => Promise<string>;
  readonly rotateKeys: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The clients of the contract, in the stand-in and in the real Dex. */
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
 * Dex 2.45.1 as far as a token exchange meets it: discovery, keys and `/token`, with its order of
 * checks, its texts and its silences. `dex-contract.ts` holds it to the real server.
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
    // Dex routes on the path as sent, so `//token` and `/token/` are not `/token`.
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
    if (request.method !== 'POST') return refusal(400, 'invalid_request', 'method not allowed');
    const posted = postedForm(request);
    if (posted === undefined) return refusal(400, 'invalid_request');
    const grantType = posted.get('grant_type') ?? '';
    if (!grantTypes().includes(grantType)) return refusal(400, 'unsupported_grant_type');
    const client = authenticate(request, posted);
    if ('status' in client) return client;
    if (grantType !== exchangeGrant) return { status: 501, body: 'the stand-in only exchanges' };
    return await exchange(client, (name) => posted.get(name) ?? request.query.get(name) ?? '');
  }

  /** A Basic header wins over the form, even if it is wrong and the form is right. */
  function authenticate(
    { basic }: RecordedRequest,
    posted: URLSearchParams,
  ): DexStaticClient | Answer {
    const id = basic ? queryUnescape(basic.user) : (posted.get('client_id') ?? '');
    if (id === undefined) return refusal(400, 'invalid_request', 'client_id improperly encoded');
    const secret = basic ? queryUnescape(basic.password) : (posted.get('client_secret') ?? '');
    if (secret === undefined) {
      return refusal(400, 'invalid_request', 'client_secret improperly encoded');
    }
    const client = findClient(id);
    if (client === undefined || client.secret !== secret) {
      return refusal(401, 'invalid_client', 'Invalid client credentials.');
    }
    return client;
  }

  async function exchange(
    client: DexStaticClient,
    parameter: (name: string) => string,
  ): Promise<Answer> {
    const subjectTokenType = shortType(parameter('subject_token_type'));
    if (subjectTokenType === undefined) {
      return refusal(400, 'request_not_supported', 'Invalid subject_token_type.');
    }
    const subjectToken = parameter('subject_token');
    if (subjectToken === '') return refusal(400, 'invalid_request', 'Missing subject_token');
    const connectorId = parameter('connector_id');
    if (client.allowedConnectors && !client.allowedConnectors.includes(connectorId)) {
      return refusal(400, 'invalid_grant', 'Connector not allowed for this client.');
    }
    const connector = behaviour.connectors?.find(({ id }) => id === connectorId);
    if (connector === undefined) {
      return refusal(400, 'invalid_request', 'Requested connector does not exist.');
    }
    let identity: DexIdentity;
    try {
      identity = await tokenIdentity(connector, subjectTokenType, subjectToken, nowMs());
    } catch (error) {
      if (error instanceof ConnectorUnusable) {
        log.push(`failed to get connector: ${reason(error)}`);
        return refusal(400, 'invalid_request', 'Requested connector does not exist.');
      }
      if (error instanceof SubjectTokenRefused) {
        log.push(`failed to verify subject token: ${reason(error)}`);
        return refusal(401, 'access_denied');
      }
      throw error;
    }
    const requestedType = parameter('requested_token_type') || `${typePrefix}access_token`;
    if (shortType(requestedType) === undefined) {
      return refusal(400, 'request_not_supported', 'Invalid requested_token_type.');
    }
    const scopes = parameter('scope').split(/\s+/).filter(Boolean);
    const audience = audiencesOf(scopes);
    const stranger = audience.find((peer) => !trusts(peer, client.id));
    if (stranger !== undefined) {
      log.push(
        `token exchange failed to create new token: peer (${stranger}) does not trust client`,
      );
      return refusal(500, 'server_error');
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
      // Whole seconds of what is left a moment later, left out by Go when 0.
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

/** Dex leaves a description out rather than send an empty one, and has no WWW-Authenticate. */
function refusal(status: number, error: string, description?: string): Answer {
  return json(status, compact({ error, error_description: description }));
}

function compact(claims: Claims): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/**
 * The body as Go reads it: empty unless the content type is that of a form, undefined if the body
 * or the query cannot be read (a stray `%`, a semicolon between parameters).
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

/** Form-urldecodes one value; undefined for a stray `%`. */
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
