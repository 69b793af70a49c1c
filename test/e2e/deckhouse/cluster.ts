import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import {
  type BasicAuthProxyBehaviour,
  startBasicAuthProxy,
} from '../../support/basic-auth-proxy.ts';
import { createCa } from '../../support/certificates.ts';
import { type Proxy as ForwardProxy, startProxy } from '../../support/proxy.ts';
import { startChild } from '../harness/child.ts';
import type { ConnectedServers } from '../harness/client.ts';
import { dexClients, exchangedToken } from '../harness/dex.ts';
import { clientBasic, form, type HttpAnswer, http } from '../harness/http.ts';
import { asAdmin, type Kubernetes, rbacFixture } from '../harness/kubernetes.ts';
import { deckhouseCrds } from './crds.ts';
import { type DexProvider, type DexStorage, putConnector } from './dex-connector.ts';

/** A cluster with the parts of Deckhouse on which the access of a pipeline depends. */
export interface DeckhouseCluster {
  readonly kubernetes: Kubernetes;
  readonly apiHost: string;
  readonly dexHost: string;
  readonly caFile: string;
  readonly caPem: string;
  /** The proxy that resolves the hosts above instead of DNS. */
  readonly proxy: ForwardProxy;
  readonly basicAuth: BasicAuthProxyBehaviour;
  /** The URL of the published API with its IP address, which needs no proxy. */
  readonly publishedUrl: string;
  /** Sends a request as the administrator. */
  readonly admin: (
    path: string,
    options?: { method?: string; body?: unknown },
  ) => Promise<HttpAnswer>;
  /** Does the work of Deckhouse's controllers after a change. */
  readonly reconcile: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The user in Dex's password database. */
export const passwordUser = { email: 'deployer@example.com', password: 'password' } as const;
const passwordHash = '$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W';

/**
 * Starts an API server with the kinds, namespaces, ingresses and secrets of Deckhouse, the token
 * controller of kube-controller-manager, a Dex that the API server trusts, and the published API
 * with Basic Auth. Only `proxy` resolves the names of the hosts.
 * @param apiServerFlags more command-line flags of kube-apiserver
 */
export async function startDeckhouseCluster(
  servers: ConnectedServers,
  apiServerFlags: readonly string[] = [],
): Promise<DeckhouseCluster> {
  const apiHost = 'api.cluster.test';
  const dexHost = 'dex.cluster.test';
  const folder = await mkdtemp(join(servers.workFolder, 'deckhouse-'));
  const tls = await certificates(folder, [apiHost, dexHost, '127.0.0.1']);
  let basicAuthPort = 0;
  let dexPort = 0;
  const proxy = await startProxy({
    resolve: (authority) => {
      const [host = '', port] = authority.split(':');
      const known: Record<string, number> = { [apiHost]: basicAuthPort, [dexHost]: dexPort };
      return { host: host in known ? '127.0.0.1' : host, port: known[host] ?? Number(port) };
    },
  });
  const storage: DexStorage = {
    etcdUrl: servers.etcdUrl,
    namespace: `${folder}/`,
    upstreamCaFile: servers.tls.caFile,
    issuer: `https://${dexHost}/`,
  };
  const dex = await servers.startDex({
    tls,
    // The connectors of IdPs come from DexProviders.
    gitlabIssuer: undefined,
    keycloakIssuer: undefined,
    config: {
      issuer: storage.issuer,
      storage: {
        type: 'etcd',
        config: { endpoints: [storage.etcdUrl], namespace: storage.namespace },
      },
      enablePasswordDB: true,
      staticPasswords: [
        { email: passwordUser.email, hash: passwordHash, username: 'deployer', userID: '1' },
      ],
      oauth2: {
        grantTypes: ['password', 'urn:ietf:params:oauth:grant-type:token-exchange'],
        passwordConnector: 'local',
        skipApprovalScreen: true,
      },
    },
  });
  dexPort = Number(new URL(dex.tokenUrl).port);
  const kubernetes = await servers.startKubernetes(
    [
      {
        issuer: `https://${dexHost}/`,
        caPem: tls.caPem,
        token: () => exchangedToken(dex, { subjectToken: 'any', connectorId: 'mock' }),
      },
    ],
    { tls, env: { HTTPS_PROXY: proxy.url }, flags: apiServerFlags },
  );
  const controllers = await startControllers(servers, kubernetes, folder);

  const basicAuth: BasicAuthProxyBehaviour = {
    enabled: true,
    check: async (username, password) => {
      const { headers, body } = form({
        grant_type: 'password',
        username,
        password,
        scope: 'openid email groups',
      });
      const { id, secret } = dexClients.kubernetes;
      const answer = await http(dex.tokenUrl, {
        headers: { ...headers, authorization: clientBasic(id, secret) },
        body,
        caPem: tls.caPem,
      });
      const token = (answer.json() as { id_token?: string }).id_token;
      if (answer.status !== 200 || token === undefined) return undefined;
      return { email: String(decodeJwt(token)['email']), groups: [] };
    },
  };
  const published = await startBasicAuthProxy(tls, basicAuth, {
    url: kubernetes.url,
    caPem: kubernetes.caPem,
    token: kubernetes.adminToken,
  });
  basicAuthPort = published.port;

  const admin: DeckhouseCluster['admin'] = (path, options) => asAdmin(kubernetes, path, options);
  await install(admin, apiHost, dexHost, tls.caPem);
  return {
    kubernetes,
    apiHost,
    dexHost,
    caFile: tls.caFile,
    caPem: tls.caPem,
    proxy,
    basicAuth,
    publishedUrl: published.origin,
    admin,
    reconcile: () => reconcile(admin, storage),
    stop: async () => {
      await Promise.all([published.close(), proxy.close(), controllers.stop(0)]);
    },
  };
}

async function certificates(folder: string, hosts: readonly string[]) {
  const ca = await createCa();
  const { certPem, keyPem } = await ca.issue({ commonName: 'cluster', hosts });
  const tls = {
    caPem: ca.certPem,
    certPem,
    keyPem,
    caFile: join(folder, 'ca.crt'),
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
  };
  await writeFile(tls.caFile, tls.caPem);
  await writeFile(tls.certFile, certPem);
  await writeFile(tls.keyFile, keyPem, { mode: 0o600 });
  return tls;
}

const controllers = [
  'serviceaccount-token-controller',
  'clusterrole-aggregation-controller',
  'root-ca-certificate-publisher-controller',
];

/**
 * Starts the controllers that fill Secrets of type kubernetes.io/service-account-token, the
 * ClusterRoles view, edit and admin, and the ConfigMaps kube-root-ca.crt.
 */
async function startControllers(servers: ConnectedServers, kubernetes: Kubernetes, folder: string) {
  return startChild({
    name: 'kube-controller-manager',
    command: await servers.controllerManager(),
    args: [
      `--controllers=${controllers.join(',')}`,
      `--root-ca-file=${kubernetes.caFile}`,
      '--leader-elect=false',
      ...['--secure-port=0', `--kubeconfig=${kubernetes.adminKubeconfig}`],
      `--service-account-private-key-file=${kubernetes.serviceAccountKeyFile}`,
    ],
    logFile: join(folder, 'kube-controller-manager.log'),
    env: { PATH: process.env['PATH'], HOME: folder },
  });
}

/** Creates the objects that the modules of Deckhouse create in a new cluster. */
async function install(
  admin: DeckhouseCluster['admin'],
  apiHost: string,
  dexHost: string,
  caPem: string,
): Promise<void> {
  // Only the rules that a test applies may grant anything.
  const fixture = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${rbacFixture.name}`;
  await admin(fixture, { method: 'DELETE' });
  const create = async (path: string, body: unknown) => {
    const answer = await admin(path, { body });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  };
  const namespace = 'd8-user-authn';
  for (const crd of deckhouseCrds) {
    await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  }
  await create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  for (const [name, host] of [
    ['kubernetes-api', apiHost],
    ['dex', dexHost],
  ] as const) {
    await create(
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
      ingress(name, host),
    );
  }
  await create(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kubernetes-api-ca-key-pair' },
    // As in the templates of the chart; the DKP guide *Access for CI/CD* reads ca.crt.
    data: { 'tls.crt': Buffer.from(caPem).toString('base64'), 'tls.key': '' },
  });
  await create(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'ingress-tls' },
    // As cert-manager writes it for the ingress of Dex; the certificate is not needed here.
    data: { 'ca.crt': Buffer.from(caPem).toString('base64'), 'tls.crt': '', 'tls.key': '' },
  });
  await create('/apis/rbac.authorization.k8s.io/v1/clusterroles', derivedRole);
  const served = async (): Promise<boolean> => {
    for (const { spec } of deckhouseCrds) {
      const [{ name = '' } = {}] = spec.versions;
      const { status } = await admin(`/apis/deckhouse.io/${name}/${spec.names.plural}`);
      if (status !== 200) return false;
    }
    return true;
  };
  while (!(await served())) await pause(200);
}

function ingress(name: string, host: string) {
  const backend = { service: { name, port: { number: 443 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name },
    spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  };
}

/** The part of the RBAC that Deckhouse derives from a ClusterAuthorizationRule. */
const derivedRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'user-authz:any-level' },
  rules: [{ apiGroups: [''], resources: ['namespaces', 'configmaps'], verbs: ['get', 'list'] }],
};

interface Rule {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly subjects: readonly { kind: string; name: string; namespace?: string }[];
  };
}

/**
 * Creates a binding for each rule, a connector of Dex for each DexProvider, and a Secret with the
 * client secret for each DexClient.
 */
async function reconcile(admin: DeckhouseCluster['admin'], storage: DexStorage): Promise<void> {
  const listed = async <T>(path: string): Promise<readonly T[]> =>
    ((await admin(path)).json() as { items: readonly T[] }).items;
  for (const rule of [
    ...(await listed<Rule>('/apis/deckhouse.io/v1/clusterauthorizationrules')),
    ...(await listed<Rule>('/apis/deckhouse.io/v1alpha1/authorizationrules')),
  ]) {
    await bind(rule, admin);
  }
  for (const provider of await listed<DexProvider>('/apis/deckhouse.io/v1/dexproviders')) {
    await putConnector(provider, storage);
  }
  for (const { metadata } of await listed<{ metadata: { name: string; namespace: string } }>(
    '/apis/deckhouse.io/v1/dexclients',
  )) {
    await admin(`/api/v1/namespaces/${metadata.namespace}/secrets`, {
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `dex-client-${metadata.name}` },
        data: { clientSecret: Buffer.from(dexClients.ci.secret).toString('base64') },
      },
    });
  }
}

/** Creates the binding of a rule: of an AuthorizationRule in its namespace. */
async function bind({ metadata, spec }: Rule, admin: DeckhouseCluster['admin']): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const { name, namespace } = metadata;
  const place =
    namespace === undefined ? 'clusterrolebindings' : `namespaces/${namespace}/rolebindings`;
  await admin(`/apis/${group}/v1/${place}`, {
    body: {
      apiVersion: `${group}/v1`,
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: `user-authz:${name}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: derivedRole.metadata.name },
      subjects: spec.subjects.map((subject) =>
        subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup: group },
      ),
    },
  });
}
