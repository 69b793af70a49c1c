import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, retryTakenPort, startChild, untilReady } from './child.ts';
import { type HttpAnswer, http } from './http.ts';
import { freePort, freePorts } from './ports.ts';

export interface Etcd {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** The address of a running API server, as plain JSON. */
export interface KubernetesAddress {
  readonly url: string;
  readonly caPem: string;
  readonly caFile: string;
  /** The token of a member of system:masters. */
  readonly adminToken: string;
  /** The path of a kubeconfig for the administrator. */
  readonly adminKubeconfig: string;
  readonly logFile: string;
  /** The private key (PEM file) of ServiceAccount tokens, for kube-controller-manager. */
  readonly serviceAccountKeyFile: string;
}

export interface Kubernetes extends KubernetesAddress {
  readonly stop: () => Promise<void>;
  /**
   * Restarts it on the same port with the same data, so that it fetches the keys of the issuers.
   * Otherwise it keeps them for the time in their Cache-Control header (Dex: 10 minutes), even if a
   * token names an unknown key.
   */
  readonly restart: () => Promise<void>;
}

/** An issuer that the API server trusts for audience `kubernetes`. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly caPem: string;
  /**
   * Returns a token of the issuer, which the API server must accept before it is considered ready.
   * Otherwise the first tokens may get 401, because it fetches the keys in the background.
   */
  readonly token?: () => Promise<string>;
}

export interface KubernetesOptions {
  readonly program: string;
  readonly workFolder: string;
  readonly etcdUrl: string;
  readonly tls: { readonly caPem: string; readonly certFile: string; readonly keyFile: string };
  readonly issuers: readonly TrustedIssuer[];
  /** More entries of `jwt` in the AuthenticationConfiguration, as they are. */
  readonly authenticators?: readonly object[];
  /** Tokens that the API server must accept before it is considered ready. */
  readonly mustAccept?: readonly (() => Promise<string>)[];
  /** More command-line flags, which override those of the harness. */
  readonly flags?: readonly string[];
  /** More variables, for example a proxy for the issuers. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The subjects in the RBAC fixture; all others, except the administrator, have no permissions. */
export const rbacFixture = {
  /** The name of its ClusterRole and ClusterRoleBinding. */
  name: 'e2e-namespace-reader',
  /** May get and list namespaces. */
  user: 'deployer@example.com',
  /** Its members may get and list namespaces. */
  group: 'deployers',
} as const;

/** Starts etcd on 127.0.0.1 with its data in `workFolder`, for one or more API servers. */
export function startEtcd(options: {
  readonly program: string;
  readonly workFolder: string;
}): Promise<Etcd> {
  return retryTakenPort(async () => {
    const folder = await mkdtemp(join(options.workFolder, 'etcd-'));
    const [clientPort = 0, peerPort = 0] = await freePorts(2);
    const url = `http://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const child = await startChild({
      name: 'etcd',
      command: options.program,
      args: [
        ...['--name=default', `--data-dir=${join(folder, 'data')}`, '--unsafe-no-fsync'],
        ...[`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
        ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`],
        ...[`--initial-cluster=default=${peerUrl}`, '--log-level=warn'],
      ],
      logFile: join(folder, 'etcd.log'),
      // etcd reads settings from variables named ETCD_….
      env: { PATH: process.env['PATH'] },
    });
    await readyOrStopped(child, async () => {
      const answer = await http(`${url}/health`, { timeoutMs: 5_000 });
      return (answer.json() as { health?: unknown }).health === 'true' ? true : undefined;
    });
    return { url, stop: () => child.stop(0) };
  });
}

/**
 * Starts kube-apiserver on 127.0.0.1 with RBAC and structured authentication that maps claims as
 * DKP does, and waits until it is ready and accepts tokens of the issuers. Each API server uses
 * another prefix in etcd.
 */
export function startKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  return retryTakenPort(async () => {
    const folder = await mkdtemp(join(options.workFolder, 'kubernetes-'));
    const port = await freePort();
    const address: KubernetesAddress = {
      url: `https://127.0.0.1:${port}`,
      caPem: options.tls.caPem,
      caFile: join(folder, 'ca.crt'),
      adminToken: randomBytes(16).toString('hex'),
      adminKubeconfig: join(folder, 'admin.kubeconfig'),
      logFile: join(folder, 'kube-apiserver.log'),
      serviceAccountKeyFile: join(folder, 'service-account.key'),
    };
    const files = await writeFiles(folder, address, options);
    const args = commandLine(address, files, port, options);
    let child: Child | undefined;
    const start = async () => {
      child = await startChild({
        name: 'kube-apiserver',
        command: options.program,
        args: [...args, `--cert-dir=${folder}`],
        logFile: address.logFile,
        env: { PATH: process.env['PATH'], HOME: folder, ...options.env },
      });
      await readyOrStopped(child, async () => {
        const answer = await asAdmin(address, '/readyz', { timeoutMs: 20_000 });
        return answer.status === 200 ? true : undefined;
      });
      await readyOrStopped(child, () => grantFixture(address));
      for (const issuer of options.issuers) {
        const token = await issuer.token?.();
        if (token !== undefined) {
          await readyOrStopped(child, () => accepts(address, issuer.issuer, token));
        }
      }
      for (const mint of options.mustAccept ?? []) {
        const token = await mint();
        await readyOrStopped(child, () => accepts(address, 'an authenticator', token));
      }
    };
    const stop = async () => {
      await child?.stop(0);
      child = undefined;
    };
    await start();
    return {
      ...address,
      stop,
      restart: async () => {
        await stop();
        await start();
      },
    };
  });
}

function commandLine(
  address: KubernetesAddress,
  files: Files,
  port: number,
  options: KubernetesOptions,
): string[] {
  return [
    `--etcd-servers=${options.etcdUrl}`,
    `--etcd-prefix=/${port}`,
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${port}`],
    `--tls-cert-file=${options.tls.certFile}`,
    `--tls-private-key-file=${options.tls.keyFile}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    `--authentication-config=${files.authentication}`,
    '--disable-admission-plugins=ServiceAccount',
    `--service-account-issuer=${address.url}`,
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${address.serviceAccountKeyFile}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    ...['--endpoint-reconciler-type=none', '--enable-priority-and-fairness=false'],
    ...(options.flags ?? []),
  ];
}

async function accepts(address: KubernetesAddress, issuer: string, token: string): Promise<true> {
  const { status } = await selfSubjectReview(address, token);
  if (status !== 201) throw new Error(`a token of ${issuer} gets ${status}`);
  return true;
}

/** The user as whom the API server authenticates a token; rejects if the status is not 201. */
export async function whoAmI(
  kubernetes: KubernetesAddress,
  token: string,
): Promise<{ username: string; groups: readonly string[]; extra: Record<string, string[]> }> {
  const answer = await selfSubjectReview(kubernetes, token);
  if (answer.status !== 201) {
    throw new Error(`the API server answered ${answer.status}: ${answer.text}`);
  }
  const { status } = answer.json() as {
    status: {
      userInfo: { username: string; groups?: string[]; extra?: Record<string, string[]> };
    };
  };
  const { username, groups = [], extra = {} } = status.userInfo;
  return { username, groups, extra };
}

/** Sends a request as the administrator, with a body as JSON. */
export function asAdmin(
  kubernetes: KubernetesAddress,
  path: string,
  options: { method?: string; body?: unknown; timeoutMs?: number } = {},
): Promise<HttpAnswer> {
  return request(kubernetes, kubernetes.adminToken, path, options);
}

function selfSubjectReview(kubernetes: KubernetesAddress, token: string): Promise<HttpAnswer> {
  return request(kubernetes, token, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
}

function request(
  kubernetes: KubernetesAddress,
  token: string,
  path: string,
  options: { method?: string; body?: unknown; timeoutMs?: number },
): Promise<HttpAnswer> {
  return http(`${kubernetes.url}${path}`, {
    caPem: kubernetes.caPem,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(options.method === undefined ? {} : { method: options.method }),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
}

async function grantFixture(kubernetes: KubernetesAddress): Promise<true> {
  const group = 'rbac.authorization.k8s.io';
  const { name } = rbacFixture;
  const create = async (resource: string, body: Record<string, unknown>) => {
    const answer = await asAdmin(kubernetes, `/apis/${group}/v1/${resource}`, {
      body: { apiVersion: `${group}/v1`, metadata: { name }, ...body },
    });
    if (answer.status !== 201 && answer.status !== 409) {
      throw new Error(`creating ${resource} gets ${answer.status}: ${answer.text}`);
    }
  };
  await create('clusterroles', {
    kind: 'ClusterRole',
    rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] }],
  });
  await create('clusterrolebindings', {
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup: group, kind: 'ClusterRole', name },
    subjects: [
      { apiGroup: group, kind: 'User', name: rbacFixture.user },
      { apiGroup: group, kind: 'Group', name: rbacFixture.group },
    ],
  });
  return true;
}

interface Files {
  readonly tokens: string;
  readonly authentication: string;
  readonly serviceAccountPublicKey: string;
}

async function writeFiles(
  folder: string,
  address: KubernetesAddress,
  options: KubernetesOptions,
): Promise<Files> {
  const files: Files = {
    tokens: join(folder, 'tokens.csv'),
    authentication: join(folder, 'authentication.json'),
    serviceAccountPublicKey: join(folder, 'service-account.pub'),
  };
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const mode = 0o600;
  await Promise.all([
    writeFile(address.caFile, address.caPem),
    writeFile(files.serviceAccountPublicKey, keys.publicKey),
    writeFile(address.serviceAccountKeyFile, keys.privateKey, { mode }),
    writeFile(files.tokens, `${address.adminToken},admin,admin,"system:masters"\n`, { mode }),
    writeFile(files.authentication, JSON.stringify(authentication(options), null, 2)),
    writeFile(address.adminKubeconfig, JSON.stringify(adminKubeconfig(address), null, 2), { mode }),
  ]);
  return files;
}

/** As in DKP: the name claim is required, and reserved names are rejected. */
function authentication({
  issuers,
  authenticators = [],
}: KubernetesOptions): Record<string, unknown> {
  const extra = (key: string, valueExpression: string) => ({
    key: `user-authn.deckhouse.io/${key}`,
    valueExpression,
  });
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      ...issuers.map(({ issuer, caPem }) => ({
        issuer: { url: issuer, certificateAuthority: caPem, audiences: ['kubernetes'] },
        claimMappings: {
          username: { claim: 'email', prefix: '' },
          groups: { claim: 'groups', prefix: '' },
          extra: [
            extra('name', 'claims.name'),
            extra(
              'preferred_username',
              'has(claims.preferred_username) ? claims.preferred_username : null',
            ),
          ],
        },
        userValidationRules: [
          {
            expression: "!user.username.startsWith('system:')",
            message: 'user names beginning system: are reserved',
          },
          {
            expression: "user.groups.all(group, !group.startsWith('system:'))",
            message: 'groups beginning system: are reserved',
          },
        ],
      })),
      ...authenticators,
    ],
  };
}

function adminKubeconfig(address: KubernetesAddress): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'e2e', cluster: { server: address.url, 'certificate-authority': address.caFile } },
    ],
    users: [{ name: 'admin', user: { token: address.adminToken } }],
    contexts: [{ name: 'admin@e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'admin@e2e',
  };
}

async function readyOrStopped(child: Child, check: () => Promise<true | undefined>): Promise<void> {
  try {
    await untilReady(child, check, { timeoutMs: 180_000 });
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}
