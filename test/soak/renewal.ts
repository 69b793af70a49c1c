import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processCpuMs } from '../../scripts/process-cpu.ts';
import { renewalMs } from '../../src/running/keep-fresh.ts';
import type { ConnectedServers } from '../e2e/harness/client.ts';
import { type Dex, dexClients, tokenRequests } from '../e2e/harness/dex.ts';
import { asAdmin, type Kubernetes, rbacFixture } from '../e2e/harness/kubernetes.ts';
import type { Load, LoadClient, LoadResult } from './load.ts';

const program = resolve(import.meta.dirname, '../../dist/dexchange');
const clients = resolve(import.meta.dirname, '../e2e/clients');

/** How long Dex is away, in seconds. */
const outageSeconds = 8;

/** A soak of `dexchange exec` or `agent` with clients that send requests all the time. */
export interface RenewalSoak {
  readonly scene: 'exec' | 'agent';
  readonly seconds: number;
  /** The life of Dex's tokens. */
  readonly tokenSeconds: number;
  /** What has the credential. */
  readonly clients: readonly LoadClient[];
  /** When Dex goes away for 8 s, and how: it does not run, or it runs but answers nothing. */
  readonly outages: readonly { readonly atSeconds: number; readonly kind: 'killed' | 'frozen' }[];
}

/** What came of a soak. */
export interface RenewalFigures extends LoadResult {
  readonly scene: RenewalSoak['scene'];
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly exchanges: number;
  /** As many as there are renewals in the time, and three. */
  readonly exchangesAllowed: number;
  /** The resident memory of exec or the agent in MiB, after a tenth of the time and at its end. */
  readonly memoryMiB: readonly [number, number];
  /** Its CPU time in milliseconds. */
  readonly cpuMs: number;
}

/** The servers of a soak: a Dex with short tokens, and an API server that trusts it. */
export interface SoakServers {
  readonly dex: Dex;
  readonly kubernetes: Kubernetes;
}

/**
 * Starts a Dex whose tokens last so long, and an API server. The Dex keeps its keys in etcd, as a
 * restart without its keys would make all tokens invalid.
 */
export async function startSoakServers(
  servers: ConnectedServers,
  tokenSeconds: number,
): Promise<SoakServers> {
  const storage = {
    type: 'etcd',
    config: { endpoints: [servers.etcdUrl], namespace: `soak-${tokenSeconds}/` },
  };
  const dex = await servers.startDex({ idTokens: `${tokenSeconds}s`, config: { storage } });
  const token = await servers.mint();
  const issuer = {
    issuer: dex.issuer,
    caPem: dex.caPem,
    token: () => servers.exchangedToken({ subjectToken: token }, dex),
  };
  const kubernetes = await servers.startKubernetes([issuer]);
  await grantHelm(kubernetes);
  return { dex, kubernetes };
}

/** helm keeps its releases in secrets. */
async function grantHelm(kubernetes: Kubernetes): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const create = async (kind: string, fields: Record<string, unknown>) => {
    const body = { apiVersion: `${apiGroup}/v1`, kind, metadata: { name: 'soak' }, ...fields };
    const path = `/apis/${apiGroup}/v1/${kind.toLowerCase()}s`;
    const { status, text } = await asAdmin(kubernetes, path, { body });
    if (status !== 201) throw new Error(`creating a ${kind} gets ${status}: ${text}`);
  };
  await create('ClusterRole', {
    rules: [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] }],
  });
  await create('ClusterRoleBinding', {
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'soak' },
    subjects: [{ apiGroup, kind: 'User', name: rbacFixture.user }],
  });
}

/** kubectl that lists namespaces every second. */
export function kubectlClient(kubectl: string): LoadClient {
  return { name: 'kubectl', command: [kubectl, 'get', 'ns', '-o', 'name'], everyMs: 1000 };
}

/** A Python program that lists namespaces every second with one client. */
export function pythonClient(python: string): LoadClient {
  return { name: 'Python', command: [python, join(clients, 'keep_listing.py')] };
}

/** helm, which installs a release again and again. @param folder for its chart */
export function helmClient(helm: string, folder: string): LoadClient {
  const chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: soak\nversion: 1.0.0\n');
  writeFileSync(
    join(chart, 'templates', 'map.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: soak}\ndata: {revision: "{{ .Release.Revision }}"}\n',
  );
  const command = [helm, 'upgrade', '--install', '--history-max=2', 'soak', chart];
  return { name: 'helm', command: [...command, '--namespace=default'], everyMs: 5000 };
}

/** Runs the clients within `dexchange exec` or beside an agent, and returns what they and Dex have seen. */
export async function soakRenewal(
  servers: ConnectedServers,
  { dex, kubernetes }: SoakServers,
  soak: RenewalSoak,
): Promise<RenewalFigures> {
  // The times of a token are whole seconds, so that up to one is lost.
  const lifeMs = (soak.tokenSeconds - 1) * 1000;
  const home = await servers.folder('soak');
  const loadFile = join(home, 'load.json');
  const resultFile = join(home, 'result.json');
  const load: Load = { seconds: soak.seconds, resultFile, clients: soak.clients };
  writeFileSync(loadFile, JSON.stringify(load));
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_RUNTIME_DIR: home,
    CI_TOKEN: await servers.mint({ expiresIn: soak.seconds + 600 }),
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
  };
  const args = [
    ...[`--dex-url=${dex.issuer}`, `--dex-certificate-authority=${servers.tls.caFile}`],
    ...[`--client-id=${dexClients.ci.id}`, '--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
    ...[`--server=${kubernetes.url}`, `--server-certificate-authority=${kubernetes.caFile}`],
  ];
  let exchanges = -(await tokenRequests(dex));
  const loadProgram = join(import.meta.dirname, 'load.ts');
  const [file, ...words] = {
    exec: [program, 'exec', ...args, '--', process.execPath, loadProgram, loadFile] as const,
    agent: ['sh', '-c', job, program, ...args] as const,
  }[soak.scene];
  const child = spawn(file, words, {
    env: { ...env, NODE: process.execPath, LOAD: loadProgram, LOAD_FILE: loadFile },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const startedAt = performance.now();
  const untilAge: UntilAge = (seconds) =>
    pause(Math.max(0, startedAt + seconds * 1000 - performance.now()));
  const sampled = sampleProcess(home, soak.seconds, untilAge);
  // Awaited at the end; a process that has ended too early is told by then.
  sampled.catch(() => {});
  for (const { atSeconds, kind } of soak.outages) {
    await untilAge(atSeconds);
    if (kind === 'killed') {
      exchanges += await tokenRequests(dex);
      await dex.stop();
      await pause(outageSeconds * 1000);
      await dex.start();
    } else {
      dex.freeze(true);
      await pause(outageSeconds * 1000);
      dex.freeze(false);
    }
  }
  const exitCode = await ended;
  if (!existsSync(resultFile)) throw new Error(`${soak.scene} ended with ${exitCode}: ${stderr}`);
  const { memoryMiB, cpuMs } = await sampled;
  exchanges += await tokenRequests(dex);
  const renewals = (soak.seconds * 1000) / (lifeMs - renewalMs(lifeMs, undefined));
  const result = JSON.parse(readFileSync(resultFile, 'utf8')) as LoadResult;
  return {
    ...{ ...result, scene: soak.scene, exitCode, stderr, exchanges, memoryMiB, cpuMs },
    exchangesAllowed: Math.floor(renewals) + 3,
  };
}

/** A job that starts an agent with its arguments, and then the clients. */
const job = 'eval "$("$0" agent start "$@")" || exit; exec "$NODE" "$LOAD" "$LOAD_FILE"';

type UntilAge = (seconds: number) => Promise<void>;

async function sampleProcess(home: string, seconds: number, untilAge: UntilAge) {
  await untilAge(seconds / 10);
  const pid = ownerOfRun(home);
  const first = memoryMiBOf(pid);
  await untilAge(seconds - 1);
  return { memoryMiB: [first, memoryMiBOf(pid)] as const, cpuMs: processCpuMs(pid) };
}

/** The process to which the run folder belongs, by its name. */
function ownerOfRun(home: string): number {
  const [name = ''] = readdirSync(home).filter((each) => each.startsWith('dexchange-run-'));
  return Number(name.split('.')[2]);
}

function memoryMiBOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}
