import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { sendRequest } from '../../test/support/http-client.ts';

/** A Kubernetes API that supports `kubectl get ns` and `kubectl get --raw /version`. */
export interface DemoApiServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Starts a stand-in for the API server on a loopback address. It accepts Dex's tokens for audience
 * `kubernetes` and returns a namespace whose name contains the authenticated user. `npm run demo --
 * --real` starts a real API server.
 */
export async function startApiServer(
  dex: { readonly issuer: string; readonly keysUrl: string; readonly caPem: string },
  tls: { readonly certPem: string; readonly keyPem: string },
): Promise<DemoApiServer> {
  const answer = await sendRequest(dex.keysUrl, { caPem: dex.caPem });
  const keys = createLocalJWKSet(JSON.parse(answer.body));
  const server = createServer({ cert: tls.certPem, key: tls.keyPem }, async (request, response) => {
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    try {
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
      const { payload } = await jwtVerify(token, keys, {
        issuer: dex.issuer,
        audience: 'kubernetes',
      });
      const body = responses(String(payload['email']))[(request.url ?? '').split('?')[0] ?? ''];
      if (body === undefined) send(404, failure(404, 'NotFound'));
      else send(200, body);
    } catch {
      send(401, failure(401, 'Unauthorized'));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function failure(code: number, reason: string): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code };
}

function responses(user: string): Readonly<Record<string, unknown>> {
  const namespace = (name: string): unknown => ({
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: { name, creationTimestamp: new Date().toISOString() },
    status: { phase: 'Active' },
  });
  return {
    '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
    '/api/v1': {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [
        {
          name: 'namespaces',
          singularName: 'namespace',
          kind: 'Namespace',
          namespaced: false,
          shortNames: ['ns'],
          verbs: ['get', 'list'],
        },
      ],
    },
    '/api/v1/namespaces': {
      kind: 'NamespaceList',
      apiVersion: 'v1',
      items: [namespace('default'), namespace(`seen-by-${user.replace(/[^a-z0-9]+/g, '-')}`)],
    },
  };
}
