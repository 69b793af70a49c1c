import { createCa } from './certificates.ts';
import {
  type Answer,
  type RecordedRequest,
  type ServerBehaviour,
  startHttpServer,
} from './http-server.ts';
import { createSigningKeys } from './signing-keys.ts';

/** May be changed while the API runs. */
export interface KubernetesBehaviour extends ServerBehaviour {
  /** The user name of each accepted bearer token. */
  users: Record<string, string>;
  /** Objects by path, lists by the path of their resource. Other paths get 404. */
  objects: Record<string, unknown>;
  /** Forbidden requests (`GET /api/v1/...`) and permissions (`create dexclients`). */
  forbidden: Set<string>;
  /** ServiceAccounts for which tokens can be created, as `namespace/name`. */
  serviceAccounts: Set<string>;
}

export interface KubernetesStandIn {
  /** `https://127.0.0.1:41234` */
  readonly url: string;
  readonly caPem: string;
  readonly requests: readonly RecordedRequest[];
  readonly behaviour: KubernetesBehaviour;
  readonly close: () => Promise<void>;
}

/**
 * A Kubernetes API with the requests of the administrator's commands: reading objects, TokenRequest
 * and SelfSubjectAccessReview, and their errors. The end-to-end tests send the same requests to the
 * real API server.
 */
export async function startKubernetesStandIn(
  given: Partial<KubernetesBehaviour> = {},
): Promise<KubernetesStandIn> {
  const ca = await createCa();
  const { certPem, keyPem } = await ca.issue({ commonName: 'kubernetes', hosts: ['127.0.0.1'] });
  const keys = await createSigningKeys();
  const behaviour: KubernetesBehaviour = {
    users: { 'admin-token': 'admin' },
    objects: {},
    forbidden: new Set(),
    serviceAccounts: new Set(),
    ...given,
  };
  const server = await startHttpServer({ tls: { certPem, keyPem } }, behaviour, handle);

  async function handle(request: RecordedRequest): Promise<Answer> {
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const user = behaviour.users[token];
    if (user === undefined) return status(401, 'Unauthorized');
    if (behaviour.forbidden.has(`${request.method} ${request.path}`)) {
      return status(403, `${request.path} is forbidden: User "${user}" cannot do that`);
    }
    if (request.method === 'GET') {
      const object = behaviour.objects[request.path];
      return object === undefined ? status(404, `${request.path} not found`) : json(200, object);
    }
    const posted = JSON.parse(request.body) as { kind: string; spec: Record<string, unknown> };
    if (posted.kind === 'SelfSubjectAccessReview') return review(posted.spec);
    const [, namespace = '', name = ''] =
      /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/.exec(request.path) ?? [];
    if (posted.kind !== 'TokenRequest' || name === '') return status(404, 'no such resource');
    return tokenFor(namespace, name, posted.spec);
  }

  function review(spec: Record<string, unknown>): Answer {
    const { verb, resource } = spec['resourceAttributes'] as { verb: string; resource: string };
    const allowed = !behaviour.forbidden.has(`${verb} ${resource}`);
    return json(201, { kind: 'SelfSubjectAccessReview', status: { allowed } });
  }

  async function tokenFor(
    namespace: string,
    name: string,
    spec: { expirationSeconds?: number; audiences?: readonly string[] },
  ): Promise<Answer> {
    if (!behaviour.serviceAccounts.has(`${namespace}/${name}`)) {
      return status(404, `serviceaccounts "${name}" not found`);
    }
    const { expirationSeconds = 3600, audiences = [server.origin] } = spec;
    if (expirationSeconds < 600) {
      return status(422, 'may not specify a duration less than 10 minutes');
    }
    const iat = Math.floor(Date.now() / 1000) + (behaviour.clockSkewSeconds ?? 0);
    const token = await keys.sign({
      iss: server.origin,
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: audiences,
      iat,
      exp: iat + expirationSeconds,
      jti: crypto.randomUUID(),
    });
    return json(201, { kind: 'TokenRequest', status: { token } });
  }

  return {
    url: server.origin,
    caPem: ca.certPem,
    requests: server.requests,
    behaviour,
    close: server.close,
  };
}

/** The kubeconfig of an administrator of the stand-in. */
export function adminKubeconfig(
  { url, caPem }: Pick<KubernetesStandIn, 'url' | 'caPem'>,
  user: unknown = { token: 'admin-token' },
): string {
  return JSON.stringify({
    'current-context': 'admin',
    contexts: [{ name: 'admin', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'u', user }],
  });
}

/** The objects of a Deckhouse cluster whose API and Dex are published at these hosts. */
export function deckhouseObjects(hosts: {
  readonly api: string;
  readonly dex: string;
  readonly caPem: string;
}): Record<string, unknown> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const networking = '/apis/networking.k8s.io/v1/namespaces';
  return {
    '/apis/deckhouse.io': { kind: 'APIGroup', name: 'deckhouse.io' },
    [`${networking}/d8-user-authn/ingresses/kubernetes-api`]: {
      spec: { rules: [{ host: hosts.api }] },
    },
    [`${networking}/d8-user-authn/ingresses/dex`]: { spec: { rules: [{ host: hosts.dex }] } },
    '/api/v1/namespaces/d8-user-authn/secrets/kubernetes-api-ca-key-pair': {
      data: { 'tls.crt': base64(hosts.caPem) },
    },
    '/api/v1/namespaces/d8-user-authn/secrets/dex-client-ci-token-exchange': {
      data: { clientSecret: base64('s3cr+t%2F=&:x') },
    },
    '/apis/deckhouse.io/v1/namespaces/d8-user-authn/dexclients/ci-token-exchange': {
      metadata: {
        annotations: { 'dexclient.deckhouse.io/allow-access-to-kubernetes': 'true' },
      },
    },
    '/apis/deckhouse.io/v1/dexproviders': {
      items: [
        { metadata: { name: 'gitlab' }, spec: { type: 'OIDC', oidc: { getUserInfo: true } } },
        { metadata: { name: 'old' }, spec: { type: 'Gitlab', gitlab: {} } },
      ],
    },
    '/api/v1/namespaces/ci-deploy/secrets/deploy-token': {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'deploy' } },
      data: { token: base64('static-token') },
    },
  };
}

function json(code: number, value: unknown): Answer {
  return {
    status: code,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  };
}

function status(code: number, message: string): Answer {
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code });
}
