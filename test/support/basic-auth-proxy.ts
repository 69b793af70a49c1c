import { request as httpsRequest } from 'node:https';
import {
  type Answer,
  type RecordedRequest,
  type RunningServer,
  type ServerBehaviour,
  startHttpServer,
  type TlsOptions,
} from './http-server.ts';

/** The owner of a user name and password. */
export interface BasicAuthUser {
  readonly email: string;
  readonly groups: readonly string[];
}

/** May be changed while the proxy runs. */
export interface BasicAuthProxyBehaviour extends ServerBehaviour {
  /** Whether a DexProvider has `enableBasicAuth`. */
  enabled: boolean;
  /** Returns the user as Dex does, or undefined if the user name or password is wrong. */
  check: (username: string, password: string) => Promise<BasicAuthUser | undefined>;
}

export interface Upstream {
  readonly url: string;
  readonly caPem: string;
  /** The token of a user who may impersonate others. */
  readonly token: string;
}

/**
 * A fake of the published API of a cluster with Basic Auth. In a real cluster, Deckhouse's
 * basic-auth-proxy answers there, because kube-apiserver has not supported Basic Auth since 1.19. Like
 * that proxy:
 *
 * - it answers 401 to a request without an `Authorization: Basic` header, and to any such request
 *   while no DexProvider has `enableBasicAuth`; it forwards bearer tokens, as the ingress does;
 * - it answers 403 in plain text to a wrong user name or password, although the DKP guide *Access
 *   for CI/CD* says 401;
 * - it forwards any other request to the API server with the email and groups of the user, and
 *   returns the response; a 403 in JSON comes from RBAC.
 *
 * Unlike that proxy, it impersonates the user instead of acting as a front proxy, and it calls
 * `check` instead of Dex.
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
