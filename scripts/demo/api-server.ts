import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { sendRequest } from '../../test/support/http-client.ts';

/** As much of a Kubernetes API as `kubectl get ns` and `kubectl get --raw /version` need. */
export interface DemoApiServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Starts an API server stand-in on loopback that believes Dex's tokens for audience `kubernetes`
 * and shows a namespace named after the user it sees. `npm run demo -- --real` has a real one.
 */
export async function startApiServer(
  dex: { readonly issuer: string; readonly keysUrl: string; readonly caPem: string },
  tls: { readonly certPem: string; readonly keyPem: string },
): Promise<DemoApiServer> {
  const answer = await sendRequest(dex.keysUrl, { caPem: dex.caPem });
  const keys = createLocalJWKSet(JSON.parse(answer.body));
  const server = createServer({ cert: tls.certPem, key: tls.keyPem }, async (request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
      const { payload } = await jwtVerify(token, keys, {
        issuer: dex.issuer,
        audience: 'kubernetes',
      });
      const found = answers(String(payload['email']))[(request.url ?? '').split('?')[0] ?? ''];
      if (found === undefined) send(404, failure(404, 'NotFound'));
      else send(200, found);
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

function answers(user: string): Readonly<Record<string, unknown>> {
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
