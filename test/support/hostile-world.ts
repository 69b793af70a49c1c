import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IncomingResponse, OutgoingRequest } from '../../src/http/message.ts';
import { createCa } from './certificates.ts';

/** A secret in the files and values of the world, which no output may contain. */
export const canary = 'canary-7f3kQ9zX2m';

/** A port of this machine that no server listens on. */
export const deadUrl = 'http://127.0.0.1:1/';

/** Paths of good and bad files below one folder. */
export interface HostileWorld {
  readonly folder: string;
  readonly secretFile: string;
  readonly tokenFile: string;
  readonly caFile: string;
  readonly keyFile: string;
  /** Its context `ci` uses a token, `plugin` the exec plugin dexchange, `basic` a password. */
  readonly kubeconfig: string;
  /** Files that cannot be what any setting needs. */
  readonly badPaths: readonly string[];
}

/** A JWT without a valid signature. */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'key' })}.${part(claims)}.${canary}`;
}

/** Claims that Dex, kube-apiserver and dexchange accept for another hour. */
export function goodClaims(): Readonly<Record<string, unknown>> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: deadUrl,
    sub: 'ci',
    aud: 'kubernetes',
    email: 'ci@example.com',
    email_verified: true,
    iat: now,
    exp: now + 3600,
  };
}

/** Writes the files of the world into an empty folder. */
export async function createWorld(folder: string): Promise<HostileWorld> {
  const write = (name: string, text: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const ca = await createCa('world');
  const caFile = write('ca.crt', ca.certPem);
  const client = await ca.issue({ commonName: 'client', hosts: [], client: true });
  const keyFile = write('client.key', client.keyPem);
  mkdirSync(join(folder, 'a folder'));
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const token = unsignedJwt(goodClaims());
  return {
    folder,
    caFile,
    keyFile,
    secretFile: write('secret', `${canary}\n`),
    tokenFile: write('token', `${token}\n`),
    kubeconfig: write('kubeconfig', kubeconfigText(token)),
    badPaths: [
      join(folder, 'missing'),
      join(folder, 'a folder'),
      fifo,
      '/dev/null',
      '/dev/zero',
      write('empty', ''),
      write('binary', Buffer.from([0, 255, 254, 1, 2, 10, 27, 91, 51, 49, 109])),
      write('many lines', 'a: b\n- c\n\u001b[31m\n'),
      write('json', '{"a": [1, {"b": null}]}'),
      join(folder, 'x'.repeat(300)),
      join(folder, `line\nbreak\u001b[31m`),
      'relative/missing',
      '~/missing',
      ' ',
    ],
  };
}

function kubeconfigText(token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'ci',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [
      { name: 'ci', user: { token } },
      { name: 'basic', user: { username: 'u', password: canary } },
      {
        name: 'plugin',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'dexchange',
            args: ['get-token', `--dex-url=${deadUrl}`, '--client-id=x', '--connector-id=m'],
            interactiveMode: 'Never',
          },
        },
      },
    ],
    contexts: ['ci', 'basic', 'plugin'].map((user) => ({
      name: user,
      context: { cluster: 'c', user },
    })),
  });
}

/** Servers that answer every request of dexchange as it expects. */
export function goodAnswer(request: OutgoingRequest): IncomingResponse {
  const json = (body: unknown, status = 200): IncomingResponse => ({
    status,
    headers: { 'content-type': 'application/json', date: new Date().toUTCString() },
    body: JSON.stringify(body),
  });
  const { pathname } = new URL(request.url);
  const token = unsignedJwt(goodClaims());
  if (request.peer === 'ci') return json({ value: token, token, oidcToken: token });
  if (request.peer !== 'kubernetes') {
    return pathname.endsWith('/openid-configuration')
      ? json({ issuer: deadUrl, token_endpoint: `${deadUrl}token`, jwks_uri: `${deadUrl}keys` })
      : pathname.endsWith('/keys')
        ? json({ keys: [] })
        : json({ access_token: token, id_token: token, token_type: 'bearer', expires_in: 3600 });
  }
  if (pathname.endsWith('/selfsubjectreviews'))
    return json(
      { status: { userInfo: { username: 'ci', groups: ['system:authenticated'] } } },
      201,
    );
  if (pathname.endsWith('/selfsubjectaccessreviews'))
    return json({ status: { allowed: true } }, 201);
  if (pathname.endsWith('/token'))
    return json(
      { status: { token, expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString() } },
      201,
    );
  if (pathname === '/version') return json({ gitVersion: 'v1.31.0' });
  return json({ items: [] });
}
