import { request as httpsRequest } from 'node:https';
import {
  type Answer,
  type RecordedRequest,
  type RunningServer,
  type ServerBehaviour,
  startHttpServer,
  type TlsOptions,
} from './http-server.ts';

/** Whom a user name and password belong to. */
export interface BasicAuthUser {
  readonly email: string;
  readonly groups: readonly string[];
}

/** May be changed while the proxy runs. */
export interface BasicAuthProxyBehaviour extends ServerBehaviour {
  /** Whether a DexProvider has `enableBasicAuth`. */
  enabled: boolean;
  /** What Dex says of a user name and password; undefined is that they are wrong. */
  check: (username: string, password: string) => Promise<BasicAuthUser | undefined>;
}

export interface Upstream {
  readonly url: string;
  readonly caPem: string;
  /** Of somebody who may impersonate. */
  readonly token: string;
}

/**
 * Stands in for the published API of a cluster with Basic Auth, that is for Deckhouse's
 * basic-auth-proxy, since no kube-apiserver has known Basic Auth since 1.19. As that one:
 *
 * - a request without an Authorization header of scheme Basic, or while no DexProvider has
 *   `enableBasicAuth`, gets 401 (a bearer token is passed on, as the ingress does by itself);
 * - a wrong user name or password gets 403, in plain text, where the administrator's page says 401;
 * - any other request goes to the API server as the user's email and groups, and so does its answer:
 *   a 403 in JSON is RBAC's.
 *
 * Unlike it, this one says who the user is by impersonation and not as a front proxy, and asks
 * `check` instead of a cache and Dex.
 */
export function startBasicAuthProxy(
  tls: TlsOptions,
  behaviour: BasicAuthProxyBehaviour,
  upstream: Upstream,
): Promise<RunningServer> {
  return startHttpServer({ tls }, behaviour, async (request) => {
    const bearer = request.headers.authorization?.startsWith('Bearer ') === true;
    if (bearer) return pass(request, upstream, {});
    if (!behaviour.enabled || request.basic === undefined) {
      return { status: 401, headers: { 'Content-Type': 'text/plain' }, body: 'Unauthorized\n' };
    }
    const { user: name, password } = request.basic;
    const user = await behaviour.check(name, password);
    if (user === undefined) {
      return { status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'Forbidden\n' };
    }
    return pass(request, upstream, {
      authorization: `Bearer ${upstream.token}`,
      'impersonate-user': user.email,
      'impersonate-group': [...user.groups, 'system:authenticated'],
    });
  });
}

function pass(
  request: RecordedRequest,
  upstream: Upstream,
  changed: Readonly<Record<string, string | readonly string[]>>,
): Promise<Answer> {
  const {
    host: _host,
    connection: _connection,
    'content-length': _length,
    ...rest
  } = request.headers;
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      upstream.url + request.target,
      {
        method: request.method,
        headers: { ...rest, ...(changed as Record<string, string>), 'accept-encoding': 'identity' },
        ca: upstream.caPem,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 502,
            headers: { 'Content-Type': response.headers['content-type'] ?? 'text/plain' },
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(request.bytes);
  });
}
