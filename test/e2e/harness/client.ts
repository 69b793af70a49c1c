import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildServers } from './build.ts';
import type { Servers } from './cluster.ts';
import {
  type Dex,
  type DexAddress,
  type DexOptions,
  type ExchangeOptions,
  exchange,
  exchangedToken,
  startDex,
  tokenRequests,
} from './dex.ts';
import {
  type GitlabIssuer,
  type MintOptions,
  mintGitlabToken,
  startGitlabIssuer,
} from './gitlab.ts';
import type { HttpAnswer } from './http.ts';
import { clientCredentials, clientCredentialsToken } from './keycloak.ts';
import type { KeycloakClient } from './keycloak-realm.ts';
import {
  asAdmin,
  type Kubernetes,
  type KubernetesOptions,
  startKubernetes,
  type TrustedIssuer,
  whoAmI,
} from './kubernetes.ts';

export interface Ran {
  /** 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The complete environment; default: `cleanEnvironment()`. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly stdin?: string;
  /** The time in milliseconds after which it is killed and the promise rejects; default: 60000. */
  readonly timeoutMs?: number;
}

export interface KubectlOptions extends RunOptions {
  /** The path of the kubeconfig; default: that of the administrator. */
  readonly kubeconfig?: string;
  /** A token that replaces the credential of the kubeconfig. */
  readonly token?: string;
  /** The path of kubectl; default: the one that was built. */
  readonly program?: string;
}

/** The servers of the run, and functions to use them. */
export interface ConnectedServers extends Servers {
  /** Mints a GitLab id_token (see `mintGitlabToken`), by default of the shared issuer. */
  readonly mint: (options?: MintOptions, issuer?: GitlabIssuer) => Promise<string>;
  /** Fetches a Keycloak access token, by default of client `ci`. */
  readonly keycloakToken: (scope?: string, client?: KeycloakClient) => Promise<string>;
  /** Returns Keycloak's response to client_credentials, with any status. */
  readonly keycloakAnswer: (scope?: string, client?: KeycloakClient) => Promise<HttpAnswer>;
  /** Sends an exchange to Dex (default: the shared one); returns the response, with any status. */
  readonly exchange: (options: ExchangeOptions, dex?: DexAddress) => Promise<HttpAnswer>;
  /** Sends an exchange to Dex; returns the token, and rejects if Dex denies the request. */
  readonly exchangedToken: (options: ExchangeOptions, dex?: DexAddress) => Promise<string>;
  /**
   * Counts Dex's token requests while `work` runs. Use a private Dex, because other test files use
   * the shared one concurrently.
   */
  readonly countTokenRequests: (dex: DexAddress, work: () => Promise<unknown>) => Promise<number>;
  /** Returns the user as whom the API server authenticates a token. */
  readonly whoAmI: (
    token: string,
    kubernetes?: Kubernetes,
  ) => Promise<{ username: string; groups: readonly string[]; extra: Record<string, string[]> }>;
  readonly asAdmin: (
    path: string,
    options?: { method?: string; body?: unknown },
  ) => Promise<HttpAnswer>;
  /** Runs kubectl with an empty discovery cache and returns its output. */
  readonly kubectl: (args: readonly string[], options?: KubectlOptions) => Promise<Ran>;
  /** Creates a folder, which is removed with the folder of the run. */
  readonly folder: (name?: string) => Promise<string>;
  /** An environment that contains only PATH and a new HOME and KUBECACHEDIR. */
  readonly cleanEnvironment: () => Promise<NodeJS.ProcessEnv>;
  /** Starts a private Dex, which the shared API server does not trust. */
  readonly startDex: (options?: Partial<DexOptions>) => Promise<Dex>;
  /** Starts a private GitLab-like issuer, for `gitlabIssuer` of a private Dex. */
  readonly startGitlabIssuer: () => Promise<GitlabIssuer>;
  /** Starts a private API server on the shared etcd, in about 5 s. */
  readonly startKubernetes: (
    issuers: readonly TrustedIssuer[],
    options?: Partial<KubernetesOptions>,
  ) => Promise<Kubernetes>;
  /** Returns the path of kube-controller-manager; builds it if it is not in the cache. */
  readonly controllerManager: () => Promise<string>;
  /** Stops the private servers; the shared ones keep running. */
  readonly stop: () => Promise<void>;
}

/** The client for the servers of the global set-up: `connectServers(inject('servers'))`. */
export function connectServers(servers: Servers): ConnectedServers {
  const { workFolder, tls, programs } = servers;
  const stops: (() => Promise<void>)[] = [];
  const folder = (name = 'test') => mkdtemp(join(workFolder, `${name}-`));

  async function kept<T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> {
    const server = await starting;
    stops.push(() => server.stop());
    return server;
  }

  async function cleanEnvironment(): Promise<NodeJS.ProcessEnv> {
    const home = await folder('home');
    return { PATH: process.env['PATH'], HOME: home, KUBECACHEDIR: join(home, 'kube-cache') };
  }

  return {
    ...servers,
    mint: (options, issuer) => mintGitlabToken(issuer ?? servers.gitlab, options),
    keycloakToken: (scope, client) => clientCredentialsToken(servers.keycloak, scope, client),
    keycloakAnswer: (scope, client) => clientCredentials(servers.keycloak, scope, client),
    exchange: (options, dex) => exchange(dex ?? servers.dex, options),
    exchangedToken: (options, dex) => exchangedToken(dex ?? servers.dex, options),
    countTokenRequests: async (dex, work) => {
      const before = await tokenRequests(dex);
      await work();
      return (await tokenRequests(dex)) - before;
    },
    whoAmI: (token, kubernetes) => whoAmI(kubernetes ?? servers.kubernetes, token),
    asAdmin: (path, options) => asAdmin(servers.kubernetes, path, options),
    kubectl: async (args, options = {}) => {
      const env = options.env ?? (await cleanEnvironment());
      const kubeconfig = options.kubeconfig ?? servers.kubernetes.adminKubeconfig;
      const credentials =
        options.token === undefined
          ? ['--kubeconfig', kubeconfig]
          : [
              '--kubeconfig',
              await bareKubeconfig(servers, await folder()),
              '--token',
              options.token,
            ];
      return await run(options.program ?? servers.kubectls.built, [...credentials, ...args], {
        ...options,
        env,
      });
    },
    folder,
    cleanEnvironment,
    startDex: (options = {}) =>
      kept(
        startDex({
          workFolder,
          tls,
          program: programs.dex,
          upstreamCaFile: tls.caFile,
          gitlabIssuer: servers.gitlab.issuer,
          keycloakIssuer: servers.keycloak.issuer,
          ...options,
        }),
      ),
    startGitlabIssuer: () => kept(startGitlabIssuer(tls)),
    startKubernetes: (issuers, options = {}) =>
      kept(
        startKubernetes({
          workFolder,
          tls,
          issuers,
          program: programs.kubeApiserver,
          etcdUrl: servers.etcdUrl,
          ...options,
        }),
      ),
    controllerManager: async () => {
      const built = await buildServers({ controllerManager: true });
      if (built.kubeControllerManager === undefined) throw new Error('it was not built');
      return built.kubeControllerManager;
    },
    stop: async () => {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

/** Runs a program until it ends, with any exit code; rejects if it cannot be started. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: 'pipe',
      // In a separate process group, so that a hanging plugin is killed with its client.
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      reject(new Error(`${program} ${args.join(' ')} still ran after ${timeoutMs} ms`));
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === null ? 1 : 128 + signalNumber(signal)), ...output });
    });
  });
}

/** A cluster without a user, because `--token` does not replace a client certificate. */
async function bareKubeconfig(servers: Servers, folder: string): Promise<string> {
  const { url, caFile } = servers.kubernetes;
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'bare.kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server: url, 'certificate-authority': caFile } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: '' } }],
    'current-context': 'e2e',
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function signalNumber(signal: NodeJS.Signals): number {
  return signalNumbers[signal] ?? 0;
}
