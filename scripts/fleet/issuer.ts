import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Answer, startHttpServer } from '../../test/support/http-server.ts';

/** A stand-in for an IdP whose tokens the connectors of Dex accept. */
export interface Issuer {
  readonly url: string;
  /** Signs a new token, as each job has its own. */
  mint(algorithm: Algorithm): Promise<string>;
  /** The requests for keys and for userinfo until now. */
  requests(): { readonly keys: number; readonly userinfo: number };
  close(): Promise<void>;
}

/** How the IdP signs its tokens. */
export type Algorithm = 'RS256' | 'ES256';

const user = {
  sub: 'project_path:group/project:ref_type:branch:ref:main',
  user_login: 'deployer',
  user_email: 'deployer@example.com',
  namespace_path: 'group',
  project_path: 'group/project',
};

/** Starts an issuer over HTTPS with discovery, keys and a userinfo endpoint that accepts any token. */
export async function startIssuer(tls: {
  readonly certPem: string;
  readonly keyPem: string;
}): Promise<Issuer> {
  const keys = {
    RS256: await generateKeyPair('RS256', { extractable: true }),
    ES256: await generateKeyPair('ES256', { extractable: true }),
  };
  const jwks = await Promise.all(
    (['RS256', 'ES256'] as const).map(async (alg) => ({
      ...(await exportJWK(keys[alg].publicKey)),
      ...{ use: 'sig', alg, kid: alg },
    })),
  );
  const asked = { keys: 0, userinfo: 0 };
  const server = await startHttpServer({ tls }, {}, ({ path }) => {
    switch (path) {
      case '/.well-known/openid-configuration':
        return json(discovery(server.origin));
      case '/keys':
        asked.keys += 1;
        return json({ keys: jwks });
      case '/userinfo':
        asked.userinfo += 1;
        return json({ ...user, email_verified: true });
      default:
        return { status: 404 };
    }
  });
  return {
    url: server.origin,
    mint: (algorithm) =>
      new SignJWT({ ...user, job_id: randomUUID() })
        .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'JWT' })
        .setIssuer(server.origin)
        .setAudience('https://dex.example.com/')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(keys[algorithm].privateKey),
    requests: () => ({ ...asked }),
    close: server.close,
  };
}

function json(body: unknown): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function discovery(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
  };
}
