import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import {
  type Claims,
  gitlabClaims,
  kindOverrides,
  type SubjectTokenKind,
} from '../../support/gitlab-claims.ts';

/** The keys for minting, as plain JSON, so that test processes can mint tokens. */
export interface GitlabKeys {
  readonly issuer: string;
  readonly privateJwk: JWK;
  /** A key that the issuer does not publish, with the `kid` of the published one. */
  readonly strangerJwk: JWK;
}

export interface GitlabIssuer extends GitlabKeys {
  /** The number of requests for the JWKS. */
  readonly keyRequests: () => number;
  /** Publishes a new key instead of the old one; returns the new keys for minting. */
  readonly rotate: () => Promise<GitlabKeys>;
  /** Stops listening and closes open connections; tokens can still be minted. */
  readonly stop: () => Promise<void>;
}

export interface MintOptions {
  /** The kind of subject token; default: `valid`. */
  readonly kind?: SubjectTokenKind;
  /** Claims that extend or override GitLab's documented claims; undefined removes a claim. */
  readonly claims?: Claims;
  /** Default: `https://dex.example.com/`. */
  readonly audience?: string | readonly string[];
  /** The `groups` claim, which GitLab does not send; default: none. */
  readonly groups?: readonly string[];
  /** Seconds from now, negative for an expired token; default: 300, like GitLab. */
  readonly expiresIn?: number;
  /** Pads the token to at least this many bytes. */
  readonly minBytes?: number;
}

/**
 * Starts a stand-in for GitLab with the endpoints that Dex's oidc connector uses: discovery and
 * JWKS. It listens on 127.0.0.1 with the given certificate; `port` 0 (the default) is a free port.
 */
export async function startGitlabIssuer(
  tls: { readonly certPem: string; readonly keyPem: string },
  port = 0,
): Promise<GitlabIssuer> {
  let keys = await newKeys();
  let keyRequests = 0;
  const server = createServer({ cert: tls.certPem, key: tls.keyPem }, (request, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return send(200, discovery(issuer));
      case '/oauth/discovery/keys':
        keyRequests += 1;
        return send(200, { keys: [keys.published] });
      default:
        return send(404, { error: '404 Not Found' });
    }
  });
  await listen(server, port);
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    privateJwk: keys.privateJwk,
    strangerJwk: keys.strangerJwk,
    keyRequests: () => keyRequests,
    rotate: async () => {
      keys = await newKeys();
      return { issuer, privateJwk: keys.privateJwk, strangerJwk: keys.strangerJwk };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Mints an id_token with the claims that GitLab documents for `id_tokens:`, for user
 * deployer@example.com on branch main of group/project.
 */
export async function mintGitlabToken(
  keys: GitlabKeys,
  options: MintOptions = {},
): Promise<string> {
  const { kind = 'valid', audience, groups, expiresIn } = options;
  const claims: Record<string, unknown> = {
    ...gitlabClaims({
      iss: keys.issuer,
      ...deployerClaims,
      ...kindOverrides(kind),
      ...(audience === undefined ? {} : { aud: audience }),
      ...(groups === undefined ? {} : { groups }),
      ...(expiresIn === undefined ? {} : { exp: Math.floor(Date.now() / 1000) + expiresIn }),
      ...options.claims,
    }),
  };
  const jwk = kind === 'foreign-key' ? keys.strangerJwk : keys.privateJwk;
  const key = await importJWK(jwk, 'RS256');
  const sign = () =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: jwk.kid ?? '' })
      .sign(key);
  const token = await sign();
  const lacking = (options.minBytes ?? 0) - token.length;
  if (lacking <= 0) return token;
  claims['padding'] = 'x'.repeat(Math.ceil((lacking * 3) / 4));
  return await sign();
}

/** The user and the project in the fixtures of the other servers. */
const deployerClaims = {
  sub: 'project_path:group/project:ref_type:branch:ref:main',
  namespace_path: 'group',
  project_path: 'group/project',
  user_login: 'deployer',
  user_email: 'deployer@example.com',
  ref: 'main',
  ref_path: 'refs/heads/main',
};

function discovery(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    jwks_uri: `${issuer}/oauth/discovery/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

interface KeySet {
  readonly published: JWK;
  readonly privateJwk: JWK;
  readonly strangerJwk: JWK;
}

async function newKeys(): Promise<KeySet> {
  const kid = randomUUID();
  const marks = { kid, use: 'sig', alg: 'RS256' };
  const [pair, stranger] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  return {
    published: { ...(await exportJWK(pair.publicKey)), ...marks },
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...marks },
    strangerJwk: { ...(await exportJWK(stranger.privateKey)), ...marks },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
