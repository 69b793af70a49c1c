import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { symptomChecker } from '../support/symptoms.ts';
import { buildClient, buildGoClient, buildHelm } from './harness/build.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { jobMachine, packagedProgram } from './harness/job-machine.ts';
import { ansibleWithKubernetes, pythonWithKubernetes } from './harness/python.ts';

// docs/clients.md says how clients take a credential, and how often they run the plugin. This is
// where its numbers and words come from.

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const scripts = resolve(import.meta.dirname, 'clients');
const page = await readFile(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');

/** A job whose plugin counts how often it runs. */
interface Job {
  readonly home: string;
  readonly kubeconfig: string;
  readonly env: NodeJS.ProcessEnv;
}

interface Client {
  /** As in the tables of the page. */
  readonly name: string;
  /** The words of its call. */
  readonly call: (job: Job) => readonly [string, ...string[]];
  /** What it prints if the call succeeds. */
  readonly prints: string;
  /** What its call needs, done without counting. */
  readonly prepare?: (job: Job) => Promise<void>;
  /** False if it does not read a token file. */
  readonly readsTokenFile?: false;
}

const python = await pythonWithKubernetes();
const ansible = await ansibleWithKubernetes();
const programs = { helm: '', tofu: '', provider: '', flux: '', lister: '' };

beforeAll(async () => {
  programs.helm = await buildHelm();
  programs.tofu = await buildClient('opentofu');
  programs.provider = await buildClient('opentofu-kubectl');
  programs.flux = await buildClient('flux');
  programs.lister = await buildGoClient('namespace-lister');
  await createNamespace();
  // A cold build of all of them, next to other tests.
}, 2_400_000);

const tofu = (folder: string, ...args: readonly string[]) =>
  ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, programs.tofu, ...args] as const;

const clients: readonly Client[] = [
  {
    name: 'kubectl',
    call: () => [servers.kubectls.built, 'get', 'ns', '-o', 'name'],
    prints: 'namespace/kube-system',
  },
  {
    name: 'helm',
    call: () => [programs.helm, 'list', '--namespace=clients'],
    prints: 'NAMESPACE',
  },
  {
    name: 'OpenTofu, a provider',
    prepare: (job) => prepareTofu(job, 'opentofu'),
    call: () => tofu('opentofu', 'apply', '-no-color', '-auto-approve'),
    prints: 'Apply complete!',
  },
  {
    name: 'OpenTofu, the backend kubernetes',
    prepare: (job) => prepareTofu(job, 'opentofu-backend'),
    call: () => tofu('opentofu-backend', 'init', '-no-color'),
    prints: 'OpenTofu has been successfully initialized!',
  },
  { name: 'Flux', call: () => [programs.flux, 'check', '--pre'], prints: '' },
  { name: 'Go (client-go)', call: () => [programs.lister, 'once'], prints: 'ok' },
  {
    name: 'JavaScript',
    call: ({ kubeconfig }) => [process.execPath, join(scripts, 'list-namespaces.mjs'), kubeconfig],
    prints: 'kube-system',
    readsTokenFile: false,
  },
  ...(python === undefined
    ? []
    : [
        {
          name: 'Python',
          call: () => [python, '-c', listInPython] as const,
          prints: 'kube-system',
        },
      ]),
  ...(ansible === undefined
    ? []
    : [
        {
          name: 'Ansible',
          call: () => [ansible.playbook, join(scripts, 'list-namespaces.yaml')] as const,
          prints: 'kube-system',
        },
      ]),
];

const listInPython = `
from kubernetes import client, config
config.load_kube_config()
print([item.metadata.name for item in client.CoreV1Api().list_namespace().items])`;

/** A namespace in which the user of the jobs may write what the clients write. */
async function createNamespace(): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const apiVersion = `${group}/v1`;
  const metadata = { name: 'clients' };
  const subjects = [{ apiGroup: group, kind: 'User', name: 'deployer@example.com' }];
  const roleRef = { apiGroup: group, kind: 'Role', name: 'clients' };
  const rules = [
    {
      apiGroups: ['', 'coordination.k8s.io'],
      resources: ['configmaps', 'secrets', 'leases'],
      verbs: ['*'],
    },
  ];
  const folder = `/apis/${apiVersion}/namespaces/clients`;
  for (const [path, body] of [
    ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata }],
    [`${folder}/roles`, { apiVersion, kind: 'Role', metadata, rules }],
    [`${folder}/rolebindings`, { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects }],
  ] as const) {
    expect((await servers.asAdmin(path, { body })).status, path).toBe(201);
  }
}

/** Installs the provider from a mirror, as without a registry. */
async function prepareTofu({ home, env }: Job, name: string): Promise<void> {
  const mirror = 'mirror/registry.opentofu.org/gavinbunney/kubectl/1.19.0/linux_amd64';
  await mkdir(join(home, mirror), { recursive: true });
  await symlink(programs.provider, join(home, mirror, 'terraform-provider-kubectl_v1.19.0'));
  const path = JSON.stringify(join(home, 'mirror'));
  await writeFile(
    join(home, 'tofurc'),
    `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n`,
  );
  await cp(join(scripts, name), join(home, name), { recursive: true });
  if (name === 'opentofu-backend') return;
  const ran = await run(programs.tofu, ['init'], { env, cwd: join(home, name) });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
}

/** A job, and a plugin that counts its runs and then runs `line`. */
async function countingJob(
  client: Client,
  line: string,
  more: NodeJS.ProcessEnv = {},
): Promise<Job> {
  const job = await jobMachine(servers);
  const { home, kubeconfig } = job;
  const plugin = join(home, 'bin', 'dexchange');
  await mkdir(join(home, 'bin'));
  await writeFile(plugin, `#!/bin/sh\necho >> "$RUNS"\n${line}\n`, { mode: 0o755 });
  const config = parse(await readFile(kubeconfig, 'utf8'));
  config.users[0].user.exec.command = plugin;
  await writeFile(kubeconfig, stringify(config));
  const env = {
    ...job.env,
    RUNS: join(home, 'runs'),
    KUBECONFIG: kubeconfig,
    KUBE_CONFIG_PATH: kubeconfig,
    TF_CLI_CONFIG_FILE: join(home, 'tofurc'),
    ANSIBLE_HOME: join(home, 'ansible'),
    ANSIBLE_COLLECTIONS_PATH: ansible?.collections ?? '',
    ...more,
  };
  await client.prepare?.({ home, kubeconfig, env });
  await writeFile(env.RUNS, '');
  return { home, kubeconfig, env };
}

/** Runs the call of a client; returns what it prints, and how often it ran the plugin. */
async function ranBy(
  job: Job,
  [program = '', ...args]: readonly string[],
): Promise<Ran & { readonly runs: number }> {
  const ran = await run(program, args, { env: job.env, cwd: job.home, timeoutMs: 120_000 });
  const runs = (await readFile(join(job.home, 'runs'), 'utf8')).length;
  return { ...ran, runs };
}

/** The cells of a client's row in the table of the page that begins with this header. */
function rowOf(header: string, client: string): readonly string[] {
  const [, table = ''] = page.split(`\n${header}\n`);
  const rows = (table.split('\n\n')[0] ?? '').split('\n').map((row) => row.split(' | '));
  return (rows.find(([name]) => name === `| ${client}`) ?? [])
    .slice(1)
    .map((cell) => cell.replace(/ \|$/, ''));
}

const counts = '| client | good | plugin fails | API says 401 |';
const failures = "| client | what it prints if dexchange fails | dexchange's own message |";

const good = `exec "${packagedProgram}" "$@"`;
const refused = `printf '%s' '${JSON.stringify({
  apiVersion: 'client.authentication.k8s.io/v1',
  kind: 'ExecCredential',
  status: { token: 'refused', expirationTimestamp: '2999-01-01T00:00:00Z' },
})}'`;

describe.each(clients)('$name', (client) => {
  test('gets the credential from the plugin, as often as the page says', async () => {
    const job = await countingJob(client, good);
    const { runs, ...ran } = await ranBy(job, client.call(job));
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout + ran.stderr).toContain(client.prints);

    const job401 = await countingJob(client, refused);
    const refusedRan = await ranBy(job401, client.call(job401));
    expect(refusedRan.stdout + refusedRan.stderr).toMatch(/Unauthorized|401|provide credentials/);

    const failing = await countingJob(client, good, { CI_TOKEN: undefined });
    const failed = await ranBy(failing, client.call(failing));
    expect(failed.code).not.toBe(0);
    expect([runs, failed.runs, refusedRan.runs].map(String)).toEqual(rowOf(counts, client.name));

    const [words = '', isShown] = rowOf(failures, client.name);
    const pattern = words
      .replaceAll(/^`|`$/g, '')
      .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      .replaceAll('…', '.*')
      .replaceAll('/usr/local/bin/dexchange', '.*dexchange');
    expect(failed.stdout + failed.stderr).toMatch(new RegExp(pattern));
    const shown = (failed.stdout + failed.stderr).includes('variable CI_TOKEN');
    expect(isShown).toMatch(shown ? /^yes/ : /^no/);
  });

  test('gets the credential within exec, without the plugin', async () => {
    const job = await countingJob(client, good);
    const words = ['exec', `--kubeconfig=${job.kubeconfig}`, '--'];
    const { runs, ...ran } = await ranBy(job, [
      packagedProgram,
      ...words,
      ...client.call({ ...job, kubeconfig: '' }),
    ]);
    expect(runs).toBe(0);
    if (client.readsTokenFile === false) {
      expect(ran.code).not.toBe(0);
    } else {
      expect(ran, ran.stdout + ran.stderr).toMatchObject({ code: 0 });
      expect(ran.stdout + ran.stderr).toContain(client.prints);
    }
  });
});

test('a provider prints the words of the troubleshooting page', async () => {
  const client = clients.find(({ name }) => name === 'OpenTofu, a provider');
  if (client === undefined) throw new Error('there is no such client');
  const { check, unseen } = symptomChecker(['an OpenTofu provider']);
  for (const [id, more] of [
    ['no-kubeconfig', { KUBECONFIG: '', KUBE_CONFIG_PATH: '' }],
    ['plugin-failed', { CI_TOKEN: undefined, TF_LOG: 'warn' }],
  ] as const) {
    const job = await countingJob(client, good, more);
    const { stdout, stderr } = await ranBy(job, client.call(job));
    check(id, 'an OpenTofu provider', stdout + stderr);
    // The page says which variable shows it.
    if ('TF_LOG' in more) expect(stdout + stderr).toContain('variable CI_TOKEN');
  }
  expect(unseen()).toEqual([]);
});

test("the exec block of OpenTofu's backend does not work", async () => {
  const home = await servers.folder('backend');
  await writeFile(
    join(home, 'main.tf'),
    `terraform {
  backend "kubernetes" {
    secret_suffix = "state"
    config_path   = ${JSON.stringify(servers.kubernetes.adminKubeconfig)}
    exec {
      api_version = "client.authentication.k8s.io/v1"
      command     = ${JSON.stringify(packagedProgram)}
      args        = ["get-token"]
    }
  }
}
`,
  );
  const env = await servers.cleanEnvironment();
  const ran = await run(programs.tofu, ['init', '-no-color'], { env, cwd: home });
  expect(ran.code).toBe(1);
  expect(ran.stdout + ran.stderr).toContain('interactiveMode must be specified for');
});

test.runIf(ansible !== undefined)("ANSIBLE_DEBUG shows dexchange's message", async () => {
  const client = clients.find(({ name }) => name === 'Ansible');
  if (client === undefined) throw new Error('there is no such client');
  const job = await countingJob(client, good, { CI_TOKEN: undefined, ANSIBLE_DEBUG: '1' });
  const { stdout, stderr } = await ranBy(job, client.call(job));
  expect(stdout + stderr).toContain('variable CI_TOKEN');
});
