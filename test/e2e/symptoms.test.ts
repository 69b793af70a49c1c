import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Program } from '../../scripts/symptoms/symptom.ts';
import { createCa } from '../support/certificates.ts';
import { messagesBy, symptomChecker } from '../support/symptoms.ts';
import { buildClient, buildHelm } from './harness/build.ts';
import { connectServers, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { jobMachine } from './harness/job-machine.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';
import { freePort } from './harness/ports.ts';
import { ansibleWithKubernetes, pythonWithKubernetes } from './harness/python.ts';

// What docs/troubleshooting.md quotes is what the programs print.

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const clients = resolve(import.meta.dirname, 'clients');

interface Exec {
  apiVersion: string;
  command: string;
  args: string[];
}

interface Kubeconfig {
  clusters: { cluster: Record<string, unknown> }[];
  users: { user: { exec?: Exec; token?: string } }[];
  'current-context': string;
}

/** A job in which something is wrong: what its kubeconfig and environment have instead. */
interface Scene {
  readonly kubeconfig?: (config: Kubeconfig) => void;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly exec?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const python = await pythonWithKubernetes();
const ansible = await ansibleWithKubernetes();
const programs: readonly Program[] = [
  'kubectl',
  'helm',
  'OpenTofu',
  'JavaScript',
  ...(ansible === undefined ? [] : (['Ansible'] as const)),
  ...(python === undefined ? [] : (['Python'] as const)),
];
const { check, unseen } = symptomChecker(programs);

let helm: string;
let tofu: string;
let otherCa: string;
beforeAll(async () => {
  helm = await buildHelm();
  tofu = await buildClient('opentofu');
  otherCa = join(await servers.folder('symptoms'), 'other.crt');
  await writeFile(otherCa, (await createCa('another')).certPem);
}, 1_800_000);

/** What each program prints in a scene, by the program. */
async function outputsIn(scene: Scene, of: readonly Program[]): Promise<Map<Program, string>> {
  const job = await jobMachine(servers);
  const config: Kubeconfig = parse(await readFile(job.kubeconfig, 'utf8'));
  Object.assign(config.users[0]?.user.exec ?? {}, scene.exec);
  Object.assign(config.clusters[0]?.cluster ?? {}, scene.cluster);
  scene.kubeconfig?.(config);
  await writeFile(job.kubeconfig, stringify(config));
  const { KUBECONFIG = job.kubeconfig, ...more } = scene.env ?? {};
  const env = {
    ...job.env,
    KUBECONFIG,
    KUBE_CONFIG_PATH: KUBECONFIG,
    ANSIBLE_HOME: join(job.home, 'ansible'),
    ANSIBLE_COLLECTIONS_PATH: ansible?.collections ?? '',
    ...more,
  };
  const print = async (program: string, ...args: readonly string[]): Promise<string> => {
    const ran = await run(program, args, { env, cwd: job.home });
    return ran.stdout + ran.stderr;
  };
  const kubectl = servers.kubectls.built;
  const calls: Readonly<Record<string, () => Promise<string>>> = {
    kubectl: async () =>
      (await print(kubectl, 'get', 'ns')) + (await print(kubectl, 'get', '--raw', '/api')),
    helm: () => print(helm, 'list', '-n', 'default'),
    OpenTofu: async () => {
      await cp(join(clients, 'opentofu-backend'), job.home, { recursive: true });
      return await print(tofu, 'init', '-no-color');
    },
    Ansible: () => print(ansible?.playbook ?? '', join(clients, 'list-namespaces.yaml')),
    JavaScript: () => print(process.execPath, join(clients, 'list-namespaces.mjs'), job.kubeconfig),
    Python: () => print(python ?? '', join(clients, 'list_namespaces.py'), job.kubeconfig),
  };
  const outputs = new Map<Program, string>();
  for (const program of of) outputs.set(program, (await calls[program]?.()) ?? '');
  return outputs;
}

/** What is wrong, and the programs that show it if not all do. */
type Row = readonly [
  symptom: string,
  scene: () => Scene | Promise<Scene>,
  only?: readonly Program[],
];

/** Expects the programs to print, in the scene of the row, a message of its symptom. */
async function shows([id, scene, only]: Row): Promise<void> {
  const known = messagesBy(programs).filter((expected) => expected.id === id);
  const of = new Set(known.map(({ program }) => program));
  const shown = (only ?? [...of]).filter((program) => programs.includes(program));
  for (const [program, output] of await outputsIn(await scene(), shown)) {
    check(id, program, output);
  }
}

/** A file with this text and mode as the plugin. */
async function asPlugin(text: string, mode: number): Promise<Scene> {
  const command = join(await servers.folder('plugin'), 'dexchange');
  await writeFile(command, text, { mode });
  return { exec: { command } };
}

const stranger = () =>
  servers.mint({
    groups: [],
    claims: { user_email: 'stranger@example.com', groups_direct: undefined },
  });

const scenes: readonly Row[] = [
  ['executable-not-found', () => ({ exec: { command: 'dexchange' } })],
  ['loader-not-found', () => ({ exec: { command: '/nowhere/dexchange' } })],
  ['permission-denied', () => asPlugin('', 0o644)],
  ['exec-format-error', () => asPlugin('\u007fELF of another machine', 0o755)],
  ['no-kubeconfig', () => ({ env: { KUBECONFIG: '' } })],
  [
    'no-context',
    () => ({
      kubeconfig: (config) => {
        config['current-context'] = 'other';
      },
    }),
  ],
  ['no-user', () => ({ kubeconfig: withoutExec })],
  ['exec-api-version', () => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1' } })],
  ['exec-other-version', () => ({ kubeconfig: withoutExecInfo })],
  ['interactive-mode-missing', () => ({ exec: { interactiveMode: undefined } })],
  ['interactive-mode-always', () => ({ exec: { interactiveMode: 'Always' } })],
  ['plugin-prints-something-else', () => ({ exec: { args: ['version'] } })],
  ['plugin-failed', () => ({ env: { CI_TOKEN: undefined } })],
  ['plugin-failed-anonymous', () => ({ env: { CI_TOKEN: undefined } }), ['Python', 'Ansible']],
  ['plugin-failed-anonymous', () => ({ kubeconfig: withoutExec }), ['helm', 'JavaScript']],
  [
    'token-expired',
    async () => ({ env: { CI_TOKEN: await servers.mint({ kind: 'expired' }) } }),
    ['kubectl'],
  ],
  ['unknown-authority', () => ({ cluster: { 'certificate-authority': otherCa } })],
  ['unknown-authority', () => ({ kubeconfig: withoutDexCa }), ['kubectl', 'helm']],
  ['other-name', () => ({ cluster: { 'tls-server-name': 'api.example.com' } })],
  [
    'connection-refused',
    async () => ({ cluster: { server: `https://127.0.0.1:${await freePort()}` } }),
  ],
  [
    'proxy-refused',
    () => ({
      cluster: { server: 'https://api.example.com' },
      env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' },
    }),
  ],
  ['no-such-host', () => ({ cluster: { server: 'https://api.nowhere.invalid' } })],
  [
    'http-response-to-https',
    () => ({ cluster: { server: servers.dex.telemetryUrl.replace(/^http:(.*)\/.*/, 'https:$1') } }),
  ],
  [
    'https-server-got-http',
    () => ({ cluster: { server: servers.kubernetes.url.replace('https', 'http') } }),
  ],
  [
    'unauthorized',
    () => ({
      kubeconfig: (config) => {
        config.users = config.users.map((user) => ({ ...user, user: { token: 'old' } }));
      },
    }),
  ],
  ['forbidden', async () => ({ env: { CI_TOKEN: await stranger() } })],
  ['resource-not-found', () => ({ cluster: { server: servers.dex.issuer } })],
];

function withoutExec(config: Kubeconfig): void {
  for (const { user } of config.users) delete user.exec;
}

/** A wrapper removes the variable by which the plugin knows the version that it has to answer in. */
function withoutExecInfo({ users }: Kubeconfig): void {
  for (const { exec } of users.map(({ user }) => user)) {
    if (exec === undefined) continue;
    exec.apiVersion = 'client.authentication.k8s.io/v1beta1';
    exec.args = ['-u', 'KUBERNETES_EXEC_INFO', exec.command, ...exec.args];
    exec.command = '/usr/bin/env';
  }
}

function withoutDexCa({ users }: Kubeconfig): void {
  for (const { exec } of users.map(({ user }) => user)) {
    if (exec !== undefined) exec.args = exec.args.filter((arg) => !arg.includes('certificate'));
  }
}

describe('clients print the words of the page:', () => {
  for (const row of scenes) test(row[0], () => shows(row));

  test('all of them', () => {
    expect(unseen()).toEqual([]);
  });
});

test('Dex and Keycloak answer with the words of the page', async () => {
  const answers = symptomChecker(['Dex', 'Keycloak', "Dex's log"]);
  const subjectToken = await servers.mint();
  const withoutExchange = await servers.startDex({
    config: { oauth2: { grantTypes: ['authorization_code'] } },
  });
  const requests: readonly (readonly [
    id: string,
    options: Parameters<typeof servers.exchange>[0],
    dex?: Parameters<typeof servers.exchange>[1],
  ])[] = [
    ['access-denied', { subjectToken: await servers.mint({ kind: 'expired' }) }],
    ['server-error', { subjectToken, client: dexClients.untrusted }],
    ['connector-does-not-exist', { subjectToken, connectorId: 'nope' }],
    ['invalid-client', { subjectToken, client: { ...dexClients.ci, secret: 'wrong' } }],
    [
      'invalid-subject-token-type',
      { subjectToken, fields: { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' } },
    ],
    ['missing-subject-token', { subjectToken: '' }],
    ['unsupported-grant-type', { subjectToken }, withoutExchange],
  ];
  for (const [id, options, dex] of requests) {
    answers.check(id, 'Dex', (await servers.exchange(options, dex)).text);
  }
  answers.check('token-expired', "Dex's log", await readFile(servers.dex.logFile, 'utf8'));
  for (const change of [{ secret: 'wrong' }, { id: 'nobody' }]) {
    const client = { ...keycloakClients.basic, ...change };
    answers.check(
      'unauthorized-client',
      'Keycloak',
      (await servers.keycloakAnswer('openid', client)).text,
    );
  }
  expect(answers.unseen()).toEqual([]);
});
