import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { createCa } from '../../support/certificates.ts';
import { type BuiltServers, buildServers } from './build.ts';
import { retryTakenPort } from './child.ts';
import { type Dex, type DexAddress, dexConnectors, exchangedToken, startDex } from './dex.ts';
import { type GitlabIssuer, type GitlabKeys, startGitlabIssuer } from './gitlab.ts';
import { type Keycloak, type KeycloakAddress, keycloakIssuer, startKeycloak } from './keycloak.ts';
import { type KubernetesAddress, startEtcd, startKubernetes } from './kubernetes.ts';
import { freePort } from './ports.ts';

const run = promisify(execFile);

/** The running servers, as plain JSON for the test processes. */
export interface Servers {
  /** The temporary folder of the run, removed at its end; private servers create theirs in it. */
  readonly workFolder: string;
  readonly programs: BuiltServers;
  readonly tls: Tls;
  readonly gitlab: GitlabKeys;
  readonly dex: DexAddress;
  readonly keycloak: KeycloakAddress;
  readonly kubernetes: KubernetesAddress;
  readonly etcdUrl: string;
  readonly kubectls: {
    /** In the version of the API server. */
    readonly built: string;
    /** The kubectl of the machine, if it has one. */
    readonly system?: string;
  };
  /** The version of each server and client. */
  readonly versions: Readonly<Record<string, string>>;
}

/** One CA for all servers, and one certificate for 127.0.0.1, ::1 and localhost. */
export interface Tls {
  readonly caPem: string;
  readonly caFile: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface RunningServers {
  readonly servers: Servers;
  readonly stop: () => Promise<void>;
}

/**
 * Builds missing servers, starts all of them, and resolves when they respond and the API server
 * accepts Dex's tokens. `log` receives lines of progress (default: stderr). If a server fails,
 * stops the others and rejects with the end of its log. The servers never outlive this process.
 * DEXCHANGE_E2E_KEEP=1 keeps the folder with their logs.
 */
export async function startServers(
  options: { readonly log?: (line: string) => void } = {},
): Promise<RunningServers> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const programs = await buildServers({ log });
  return await retryTakenPort(() => startAll(programs, log));
}

async function startAll(
  programs: BuiltServers,
  log: (line: string) => void,
): Promise<RunningServers> {
  const cleanups: (() => Promise<void>)[] = [];
  const stop = async () => {
    // In reverse order, so that the folder is removed last.
    const [removeFolder, ...servers] = cleanups.splice(0);
    await Promise.allSettled(servers.map((cleanup) => cleanup()));
    await removeFolder?.();
  };
  async function started<T extends { stop: () => Promise<void> }>(
    name: string,
    starting: Promise<T>,
  ): Promise<T> {
    const since = Date.now();
    const server = await starting;
    cleanups.push(server.stop);
    log(`  ${name}: ready after ${((Date.now() - since) / 1000).toFixed(1)} s`);
    return server;
  }

  let pending: Promise<unknown>[] = [];
  try {
    const workFolder = await temporaryFolder(cleanups);
    log(`starting the servers, logs in ${workFolder}`);
    const tls = await makeTls(workFolder);
    const keycloakPort = await freePort();
    const base = { workFolder, tls };

    const keycloak: Promise<Keycloak> = started(
      'keycloak',
      startKeycloak({
        ...base,
        home: programs.keycloakHome,
        java: programs.java,
        port: keycloakPort,
      }),
    );
    const etcd = started('etcd', startEtcd({ program: programs.etcd, workFolder }));
    const upstreamAndDex = (async () => {
      const gitlab: GitlabIssuer = await started('gitlab issuer', startGitlabIssuer(tls));
      const dex: Dex = await started(
        'dex',
        startDex({
          ...base,
          program: programs.dex,
          upstreamCaFile: tls.caFile,
          gitlabIssuer: gitlab.issuer,
          keycloakIssuer: keycloakIssuer(keycloakPort),
        }),
      );
      return { gitlab, dex };
    })();
    const kubernetes = (async () => {
      const [{ url }, { dex }] = await Promise.all([etcd, upstreamAndDex]);
      return await started(
        'kube-apiserver',
        startKubernetes({
          ...base,
          program: programs.kubeApiserver,
          etcdUrl: url,
          issuers: [{ issuer: dex.issuer, caPem: tls.caPem, token: () => mockToken(dex) }],
        }),
      );
    })();
    const versions = readVersions(programs);
    pending = [keycloak, etcd, upstreamAndDex, kubernetes, versions];
    await Promise.all(pending);

    const { gitlab, dex } = await upstreamAndDex;
    const system = await systemKubectl();
    const servers: Servers = {
      workFolder,
      programs,
      tls,
      gitlab,
      dex,
      keycloak: await keycloak,
      kubernetes: await kubernetes,
      etcdUrl: (await etcd).url,
      kubectls: { built: programs.kubectl, ...(system === undefined ? {} : { system }) },
      versions: await versions,
    };
    // Functions cannot cross to the test processes.
    return { servers: JSON.parse(JSON.stringify(servers)) as Servers, stop };
  } catch (error) {
    // A server can be stopped only after its start has settled.
    await Promise.allSettled(pending);
    await stop();
    throw error;
  }
}

/** Exchanges a token with Dex's mock connector, which needs no IdP. */
export function mockToken(dex: DexAddress): Promise<string> {
  return exchangedToken(dex, { subjectToken: 'anything', connectorId: dexConnectors.mock });
}

async function makeTls(folder: string): Promise<Tls> {
  const ca = await createCa('dexchange e2e CA');
  const hosts = ['127.0.0.1', '::1', 'localhost'];
  const { certPem, keyPem } = await ca.issue({ commonName: 'e2e server', hosts });
  const tls: Tls = {
    caPem: ca.certPem,
    caFile: join(folder, 'ca.crt'),
    certPem,
    keyPem,
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
  };
  await writeFile(tls.caFile, tls.caPem);
  await writeFile(tls.certFile, tls.certPem);
  await writeFile(tls.keyFile, tls.keyPem, { mode: 0o600 });
  return tls;
}

/** Creates a folder that is removed even if this process is killed. */
async function temporaryFolder(cleanups: (() => Promise<void>)[]): Promise<string> {
  // Resolved, because it is behind a link on macOS, and some servers compare paths.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dexchange-e2e-')));
  if ((process.env['DEXCHANGE_E2E_KEEP'] ?? '') !== '') {
    cleanups.push(async () => {});
    return folder;
  }
  // The pipe closes when this process ends; the servers then have a second to end.
  const reaper: ChildProcess = spawn(
    'sh',
    ['-c', 'trap "" TERM INT HUP; read -r _; sleep 1; rm -rf "$1"', 'reaper', folder],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  reaper.stdin?.on('error', () => {});
  cleanups.push(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    reaper.kill('SIGKILL');
  });
  return folder;
}

async function readVersions(programs: BuiltServers): Promise<Record<string, string>> {
  const ask = async (program: string, args: string[], pattern: RegExp) => {
    const { stdout } = await run(program, args);
    return pattern.exec(stdout)?.[1] ?? stdout.trim();
  };
  const clientVersion = (program: string) =>
    ask(program, ['version', '--client'], /Client Version: (\S+)/);
  const system = await systemKubectl();
  const versions: Record<string, string> = { node: process.version };
  await Promise.all([
    ask(programs.dex, ['version'], /Dex Version: (\S+)/).then((v) => {
      versions['dex'] = v;
    }),
    ask(programs.etcd, ['--version'], /etcd Version: (\S+)/).then((v) => {
      versions['etcd'] = v;
    }),
    ask(programs.kubeApiserver, ['--version'], /Kubernetes (\S+)/).then((v) => {
      versions['kube-apiserver'] = v;
    }),
    clientVersion(programs.kubectl).then((v) => {
      versions['kubectl'] = v;
    }),
    readFile(join(programs.keycloakHome, 'version.txt'), 'utf8').then((text) => {
      versions['keycloak'] = text.replace(/^.*\s(?=\d)/s, '').trim();
    }),
    (system === undefined ? Promise.resolve('none') : clientVersion(system)).then((v) => {
      versions["the machine's kubectl"] = v;
    }),
  ]);
  return versions;
}

async function systemKubectl(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder === '' ? '.' : folder, 'kubectl');
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}
