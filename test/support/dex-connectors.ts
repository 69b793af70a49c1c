import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { Claims } from './gitlab-claims.ts';
import { sendRequest } from './http-client.ts';

/** The user as whom Dex identifies the owner of a subject token. */
export interface DexIdentity {
  readonly userId: string;
  readonly username: string;
  readonly preferredUsername?: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly groups?: readonly string[];
}

/** A connector; the fields of `oidc` have the names and defaults of Dex's own configuration. */
export type DexConnector =
  | {
      readonly id: string;
      readonly type: 'oidc';
      readonly issuer: string;
      /** The CA of the issuer's certificate; Dex's `rootCAs`. */
      readonly rootCaPem?: string;
      readonly getUserInfo?: boolean;
      readonly userIDKey?: string;
      readonly userNameKey?: string;
      readonly overrideClaimMapping?: boolean;
      readonly claimMapping?: {
        readonly email?: string;
        readonly groups?: string;
        readonly preferred_username?: string;
      };
      readonly insecureSkipEmailVerified?: boolean;
      readonly insecureEnableGroups?: boolean;
      readonly allowedGroups?: readonly string[];
      readonly scopes?: readonly string[];
    }
  /** Accepts any subject token and always returns the same user. */
  | { readonly id: string; readonly type: 'mockCallback'; readonly identity?: DexIdentity }
  /** Represents every type without token exchange: password, LDAP, GitHub, SAML and others. */
  | { readonly id: string; readonly type: 'mockPassword' };

type OidcConnector = Extract<DexConnector, { type: 'oidc' }>;

/** The issuers of the two default oidc connectors. */
export interface ConnectorIssuers {
  readonly gitlab?: { readonly issuer: string; readonly caPem?: string };
  readonly keycloak?: { readonly issuer: string; readonly caPem?: string };
}

/**
 * The connectors of the contract: `gitlab` and `keycloak` (each only if its issuer is given) as the
 * DKP guide *Access for CI/CD* configures them, `mock` and `password`.
 */
export function usualConnectors(issuers: ConnectorIssuers): readonly DexConnector[] {
  const connectors: DexConnector[] = [
    { id: 'mock', type: 'mockCallback' },
    { id: 'password', type: 'mockPassword' },
  ];
  if (issuers.gitlab !== undefined) {
    connectors.push({
      id: 'gitlab',
      type: 'oidc',
      ...issuerOf(issuers.gitlab),
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      insecureSkipEmailVerified: true,
      insecureEnableGroups: true,
    });
  }
  if (issuers.keycloak !== undefined) {
    connectors.push({
      id: 'keycloak',
      type: 'oidc',
      ...issuerOf(issuers.keycloak),
      getUserInfo: true,
      userNameKey: 'preferred_username',
      insecureEnableGroups: true,
    });
  }
  return connectors;
}

/** Dex answers `Requested connector does not exist.` */
export class ConnectorUnusable extends Error {}
/** Dex answers `access_denied` and writes the reason only to its log. */
export class SubjectTokenDenied extends Error {}

/**
 * Identifies the owner of a subject token as a connector of Dex 2.45.1 does: verifies the issuer,
 * signature, expiry and nbf (with five minutes of grace) of an id_token, but not its audience; with
 * getUserInfo calls userinfo, also for an id_token; then maps the claims.
 *
 * @throws ConnectorUnusable, SubjectTokenDenied
 */
export async function tokenIdentity(
  connector: DexConnector,
  tokenType: 'id_token' | 'access_token',
  subjectToken: string,
  nowMs: number,
): Promise<DexIdentity> {
  switch (connector.type) {
    case 'mockPassword':
      throw new ConnectorUnusable(`connector ${connector.id} doesn't implement token exchange`);
    case 'mockCallback':
      return connector.identity ?? kilgoreTrout;
    case 'oidc': {
      const provider = await discover(connector);
      const claims: Record<string, unknown> = {};
      if (tokenType === 'id_token') {
        Object.assign(claims, await verifiedIdToken(connector, provider, subjectToken, nowMs));
      } else if (connector.getUserInfo !== true) {
        throw new SubjectTokenDenied('getUserInfo is required for access token exchange');
      }
      if (connector.getUserInfo === true) {
        Object.assign(claims, await userinfo(connector, provider, subjectToken));
      }
      return identityFromClaims(connector, claims);
    }
  }
}

const kilgoreTrout: DexIdentity = {
  userId: '0-385-28089-0',
  username: 'Kilgore Trout',
  email: 'kilgore@kilgore.trout',
  emailVerified: true,
  groups: ['authors'],
};

interface Provider {
  readonly jwksUrl: string;
  readonly userinfoUrl: string | undefined;
  readonly algorithms: readonly string[];
}

/** Dex keeps the discovery document of an open connector and retries one that failed to open. */
const opened = new WeakMap<OidcConnector, Provider>();

async function discover(connector: OidcConnector): Promise<Provider> {
  const known = opened.get(connector);
  if (known !== undefined) return known;
  const url = `${connector.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await fetchJson(connector, url).catch((error: unknown) => {
    throw new ConnectorUnusable(`failed to open connector ${connector.id}`, { cause: error });
  });
  const { issuer, jwks_uri, userinfo_endpoint } = document;
  if (issuer !== connector.issuer || typeof jwks_uri !== 'string') {
    throw new ConnectorUnusable(`issuer did not match: ${connector.issuer}, ${String(issuer)}`);
  }
  const supported = document['id_token_signing_alg_values_supported'];
  const provider: Provider = {
    jwksUrl: jwks_uri,
    userinfoUrl: typeof userinfo_endpoint === 'string' ? userinfo_endpoint : undefined,
    algorithms: Array.isArray(supported) ? supported.map(String) : ['RS256'],
  };
  opened.set(connector, provider);
  return provider;
}

async function verifiedIdToken(
  connector: OidcConnector,
  provider: Provider,
  token: string,
  nowMs: number,
): Promise<Claims> {
  try {
    const jwks = await fetchJson(connector, provider.jwksUrl);
    const { payload } = await jwtVerify(
      token,
      createLocalJWKSet(jwks as unknown as Parameters<typeof createLocalJWKSet>[0]),
      {
        issuer: connector.issuer,
        algorithms: [...provider.algorithms],
        currentDate: new Date(nowMs),
        clockTolerance: nbfGraceSeconds,
        requiredClaims: ['exp'],
      },
    );
    // Dex tolerates skew for nbf only; jose would tolerate it for exp too.
    if ((payload.exp ?? 0) * 1000 < nowMs) throw new SubjectTokenDenied('token is expired');
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError) && !(error instanceof FetchFailed)) throw error;
    throw new SubjectTokenDenied('failed to verify token', { cause: error });
  }
}

async function userinfo(
  connector: OidcConnector,
  provider: Provider,
  token: string,
): Promise<Claims> {
  if (provider.userinfoUrl === undefined) {
    throw new SubjectTokenDenied('user info endpoint is not supported by this provider');
  }
  try {
    return await fetchJson(connector, provider.userinfoUrl, { authorization: `Bearer ${token}` });
  } catch (error) {
    throw new SubjectTokenDenied('error loading userinfo', { cause: error });
  }
}

function identityFromClaims(connector: OidcConnector, claims: Claims): DexIdentity {
  const { claimMapping = {}, overrideClaimMapping = false } = connector;
  const wantsEmail = (connector.scopes ?? ['profile', 'email']).includes('email');

  function mapped(name: string, key: string | undefined): unknown {
    const value = claims[name];
    if (key === undefined || (value !== undefined && !overrideClaimMapping)) return value;
    return claims[key];
  }

  const userId = text(claims['sub']);
  if (userId === undefined) throw new SubjectTokenDenied('missing "sub" claim');
  const username = text(claims[connector.userNameKey ?? 'name']);
  if (username === undefined) throw new SubjectTokenDenied('missing user name claim');
  const preferredUsername = text(mapped('preferred_username', claimMapping.preferred_username));
  const email = text(mapped('email', claimMapping.email));
  if (email === undefined && wantsEmail) throw new SubjectTokenDenied('missing email claim');
  let emailVerified = claims['email_verified'];
  if (typeof emailVerified !== 'boolean') {
    if (connector.insecureSkipEmailVerified !== true && wantsEmail) {
      throw new SubjectTokenDenied('missing "email_verified" claim');
    }
    emailVerified = connector.insecureSkipEmailVerified === true;
  }
  const ownId = connector.userIDKey === undefined ? userId : text(claims[connector.userIDKey]);
  if (ownId === undefined) throw new SubjectTokenDenied('user id claim not found');
  return {
    userId: ownId,
    username,
    ...(preferredUsername === undefined ? {} : { preferredUsername }),
    ...(email === undefined ? {} : { email }),
    emailVerified: emailVerified === true,
    groups: groupsOf(connector, mapped('groups', claimMapping.groups)),
  };
}

/** The groups from a list of strings or of objects with a name, or from one string. */
function groupsOf(connector: OidcConnector, claim: unknown): readonly string[] {
  if (connector.insecureEnableGroups !== true) return [];
  const items: readonly unknown[] = Array.isArray(claim) ? claim : text(claim) ? [claim] : [];
  const groups = items.flatMap((item) => {
    if (typeof item === 'string') return [item];
    if (typeof item !== 'object' || item === null) {
      throw new SubjectTokenDenied('malformed "groups" claim');
    }
    const name = (item as Record<string, unknown>)['name'];
    return typeof name === 'string' ? [name] : [];
  });
  const { allowedGroups = [] } = connector;
  if (allowedGroups.length === 0) return groups;
  const allowed = groups.filter((group) => allowedGroups.includes(group));
  if (allowed.length === 0) throw new SubjectTokenDenied('user not a member of allowed groups');
  return allowed;
}

class FetchFailed extends Error {}

async function fetchJson(
  connector: OidcConnector,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Claims> {
  try {
    const response = await sendRequest(url, {
      headers,
      ...(connector.rootCaPem === undefined ? {} : { caPem: connector.rootCaPem }),
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${response.body}`);
    return JSON.parse(response.body) as Claims;
  } catch (error) {
    throw new FetchFailed(url, { cause: error });
  }
}

function issuerOf(idp: { readonly issuer: string; readonly caPem?: string }): {
  issuer: string;
  rootCaPem?: string;
} {
  return { issuer: idp.issuer, ...(idp.caPem === undefined ? {} : { rootCaPem: idp.caPem }) };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const nbfGraceSeconds = 300;
