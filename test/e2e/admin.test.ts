import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { parsedDoctor } from '../support/doctor-schema.ts';
import { startAdministeredCluster } from './deckhouse/administrator.ts';
import { type DeckhouseCluster, passwordUser } from './deckhouse/cluster.ts';
import { httpRouteCrd } from './deckhouse/http-route.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { pythonWithKubernetes } from './harness/python.ts';

const servers = connectServers(inject('servers'));
const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'dist/dexchange');

let cluster: DeckhouseCluster;
let folder: string;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  const started = await startAdministeredCluster(servers, 'admin');
  ({ cluster, folder } = started);
  env = {
    ...started.env,
    GITLAB_OIDC_TOKEN: await servers.mint(),
    DEX_CLIENT_SECRET: dexClients.ci.secret,
    K8S_PASSWORD: passwordUser.password,
  };
  await apply([
    ...['token-exchange', '--provider=gitlab', `--idp-issuer-url=${servers.gitlab.issuer}`],
    ...['--user=deployer@example.com', '--access-level=Admin'],
  ]);
  await apply([...account, '--access-level=User']);
  await createNamespace('shop');
  await cluster.reconcile();
});
afterAll(async () => {
  await cluster.stop();
  await servers.stop();
});

/** The prerequisites of the cases below that are in namespace shop. */
async function createNamespace(name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  expect((await cluster.admin('/api/v1/namespaces', { body })).status).toBe(201);
}

const account = ['service-account', '-n', 'ci-deploy', '--service-account=deploy'];

function dexchange(args: readonly string[], extra: Record<string, string> = {}): Promise<Ran> {
  return run(program, args, { env: { ...env, ...extra }, cwd: folder });
}

function kubectl(args: readonly string[], stdin?: string): Promise<Ran> {
  return run(servers.kubectls.built, args, {
    env,
    cwd: folder,
    ...(stdin === undefined ? {} : { stdin }),
  });
}

async function apply(args: readonly string[]): Promise<void> {
  const printed = await dexchange(['manifests', ...args]);
  expect(printed).toMatchObject({ code: 0 });
  expect(printed.stderr.replace(/^warning: .*\n/gm, '')).toBe('');
  expect(await kubectl(['apply', '--server-side', '-f', '-'], printed.stdout)).toMatchObject({
    code: 0,
  });
}

describe('the API server accepts', () => {
  const idp = '--idp-issuer-url=https://idp.example.com';
  const client = '--idp-client-id=dex --idp-client-secret=idp-s3cret';
  const github = '--idp-issuer-url=https://token.actions.githubusercontent.com';
  const shop = '--namespaced -n shop';
  test.each([
    ['token-exchange'],
    ['token-exchange --user=a@example.com --group=Группа --access-level=User --port-forwarding'],
    ['token-exchange --user=repo:o/a:ref:refs/heads/x --clusterrole=d8:manage:all:manager'],
    [`token-exchange --group=g --access-level=Editor --port-forwarding ${shop}`],
    [`token-exchange --user=a --clusterrole=edit ${shop}`],
    ...['gitlab', 'github', 'keycloak', 'oidc'].flatMap((kind) => [
      [`token-exchange --provider=${kind} ${idp}`],
      [`token-exchange --provider=${kind} ${idp} ${client} --groups-claim=x --allowed-group=on`],
    ]),
    ['token-exchange --provider=gitlab --idp-issuer-url=https://gitlab.com --allowed-group=g'],
    ['token-exchange --provider=gitlab --idp-issuer-url=https://gitlab.com --allow-any-project'],
    [`token-exchange --provider=github ${github} --group=o --access-level=User`],
    ...['keycloak', 'oidc'].flatMap((kind) => [
      [`basic-auth --provider=${kind} ${idp} ${client} --user=on --access-level=SuperAdmin`],
      [`basic-auth --provider=${kind} ${idp} ${client} --user=on --access-level=Admin ${shop}`],
    ]),
    ...['User', 'PrivilegedUser', 'Editor', 'Admin', 'ClusterEditor', 'ClusterAdmin'].map(
      (level) => [`${account.join(' ')} --token-secret --access-level=${level}`],
    ),
    ...['User', 'PrivilegedUser', 'Editor', 'Admin'].map((level) => [
      `${account.join(' ')} --namespaced --access-level=${level}`,
    ]),
    [`${account.join(' ')} --clusterrole=d8:manage:all:manager`],
    [`${account.join(' ')} --clusterrole=edit --namespaced`],
  ])('manifests %s, as YAML and JSON', async (line) => {
    for (const form of ['yaml', 'json']) {
      const printed = await dexchange(['manifests', ...line.split(' '), '-o', form]);
      expect(printed).toMatchObject({ code: 0 });
      expect(printed.stderr.replaceAll(/^warning: .*\n/gm, '')).toBe('');
      const ran = await kubectl(
        [...'apply --server-side --dry-run=server --validate=strict -f -'.split(' ')],
        printed.stdout,
      );
      expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    }
  });

  // Proves that the test above can fail.
  test.each([
    ['an unknown field', 'dexclients', { spec: { redirectUri: 'x' } }],
    ['a DexClient without spec', 'dexclients', {}],
    ['a provider without type', 'dexproviders', { spec: { displayName: 'x' } }],
    [
      'a provider for two IdPs',
      'dexproviders',
      {
        spec: {
          ...{ type: 'OIDC', displayName: 'x', gitlab: {} },
          oidc: { issuer: 'https://idp.example.com', clientID: 'x', clientSecret: 'x' },
        },
      },
    ],
    ['an unknown level', 'clusterauthorizationrules', { spec: { subjects: [], accessLevel: 'X' } }],
    [
      'a level of the whole cluster in a namespace',
      'authorizationrules',
      { spec: { subjects: [], accessLevel: 'ClusterEditor' } },
    ],
    ['a rule without subjects', 'clusterauthorizationrules', { spec: { accessLevel: 'User' } }],
  ])('but not %s', async (_what, plural, object) => {
    const kinds: Record<string, string> = {
      dexclients: 'DexClient',
      dexproviders: 'DexProvider',
      clusterauthorizationrules: 'ClusterAuthorizationRule',
      authorizationrules: 'AuthorizationRule',
    };
    const namespaced = plural === 'dexclients' || plural === 'authorizationrules';
    const text = JSON.stringify({
      apiVersion: `deckhouse.io/${plural === 'authorizationrules' ? 'v1alpha1' : 'v1'}`,
      kind: kinds[plural],
      metadata: { name: 'x', ...(namespaced ? { namespace: 'd8-user-authn' } : {}) },
      ...object,
    });
    const ran = await kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], text);
    expect(ran.code).not.toBe(0);
  });
});

/** Writes kubeconfigs of all methods, with addresses that are reachable without a proxy. */
async function kubeconfigs(): Promise<Record<string, string>> {
  const direct = [
    `--server=${cluster.kubernetes.url}`,
    `--server-certificate-authority=${cluster.caFile}`,
    `--exec-command=${program}`,
    '--local-paths',
  ];
  const published = [
    `--server=${cluster.publishedUrl}`,
    `--server-certificate-authority=${cluster.caFile}`,
  ];
  const token = await dexchange([
    ...['get-token', '--method=service-account', '-o', 'token'],
    ...account.slice(1),
  ]);
  const written: Record<string, readonly string[]> = {
    exchange: [
      ...['token-exchange', '--discover', '--connector-id=gitlab', ...direct],
      '--subject-token-env=GITLAB_OIDC_TOKEN',
    ],
    shortLived: [...account, '--short-lived', ...direct],
    staticToken: [...account, ...direct],
    basicAuth: ['basic-auth', ...published, `--username=${passwordUser.email}`, '--verify'],
  };
  const paths: Record<string, string> = {};
  for (const [name, args] of Object.entries(written)) {
    const path = join(folder, `${name}.config`);
    const ran = await dexchange(['kubeconfig', ...args, `--write-to=${path}`, '--force'], {
      KUBE_TOKEN: token.stdout.trim(),
    });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    paths[name] = path;
  }
  return paths;
}

describe('the kubeconfigs work in', () => {
  const listed = { code: 0, stdout: expect.stringMatching(/kube-system/), stderr: '' };
  const methods = ['exchange', 'shortLived', 'staticToken', 'basicAuth'];

  test.each([
    ['kubectl', () => Promise.resolve([servers.kubectls.built, 'get', 'ns', '--kubeconfig'])],
    [
      "the machine's kubectl",
      () =>
        Promise.resolve([
          servers.kubectls.system ?? servers.kubectls.built,
          'get',
          'ns',
          '--kubeconfig',
        ]),
    ],
    [
      'the Python client',
      async () => {
        const python = await pythonWithKubernetes();
        return python && [python, join(root, 'test/e2e/clients/list_namespaces.py')];
      },
    ],
    [
      'the JavaScript client',
      () => Promise.resolve([process.execPath, join(root, 'test/e2e/clients/list-namespaces.mjs')]),
    ],
  ])('%s', async (_client, commandLine) => {
    const words = await commandLine();
    if (!words) return;
    const [command = '', ...args] = words;
    const paths = await kubeconfigs();
    for (const method of methods) {
      const ran = await run(command, [...args, paths[method] ?? ''], { env, cwd: folder });
      expect(ran, `${method}: ${ran.stderr}`).toMatchObject(listed);
    }
  });
});

test('a kubeconfig that was committed works on another machine', async () => {
  const home = await servers.folder('administrator');
  const caFile = join(home, 'dex.crt');
  await writeFile(caFile, cluster.caPem);
  const { DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: _ca, DEX_CLIENT_SECRET: _secret, ...bare } = env;
  const written = await run(
    program,
    [
      ...['kubeconfig', 'token-exchange', '--discover', '--subject-token-env=GITLAB_OIDC_TOKEN'],
      ...['--dex-certificate-authority=dex.crt', `--server=${cluster.kubernetes.url}`],
      ...[`--server-certificate-authority=${cluster.caFile}`, '--write-to=ci.config'],
    ],
    { env: { ...bare, HOME: home }, cwd: home },
  );
  expect(written).toMatchObject({ code: 0, stdout: '' });
  expect(written.stderr).toContain('connector gitlab: it is the only DexProvider of type OIDC\n');
  const text = await readFile(join(home, 'ci.config'), 'utf8');
  expect(text).not.toContain(home);
  expect(text).not.toContain(dexClients.ci.secret);
  await rm(home, { recursive: true });

  const job = await servers.folder('job');
  const work = await servers.folder('checkout');
  await symlink(program, join(job, 'dexchange'));
  await writeFile(join(job, 'secret'), dexClients.ci.secret);
  await writeFile(join(work, 'ci.config'), text);
  const ran = await run(
    servers.kubectls.built,
    ['--kubeconfig', 'ci.config', 'get', 'ns', '-o', 'name'],
    {
      cwd: work,
      env: {
        ...bare,
        HOME: job,
        PATH: `${job}:${process.env['PATH']}`,
        DEXCHANGE_CLIENT_SECRET_FILE: join(job, 'secret'),
        KUBECONFIG: undefined,
      },
    },
  );
  expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain('namespace/kube-system\n');
});

test('kubeconfig --discover embeds the CA of Dex, which the job needs', async () => {
  const { DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: _ca, ...bare } = env;
  const path = join(folder, 'with-ca.config');
  const written = await run(
    program,
    [
      ...['kubeconfig', 'token-exchange', '--discover', '--subject-token-env=GITLAB_OIDC_TOKEN'],
      ...[`--server=${cluster.kubernetes.url}`, `--exec-command=${program}`],
      ...[`--server-certificate-authority=${cluster.caFile}`, `--write-to=${path}`],
      // The program may be in a folder for temporary files.
      '--local-paths',
    ],
    { env: bare, cwd: folder },
  );
  expect(written, written.stderr).toMatchObject({ code: 0 });
  expect(written.stderr).toContain('found: CA of Dex (secret d8-user-authn/ingress-tls)\n');
  const ran = await run(servers.kubectls.built, ['--kubeconfig', path, 'get', 'ns'], {
    env: { ...bare, HOME: await servers.folder('job-with-ca') },
    cwd: folder,
  });
  expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
});

test('discover names the rules of a user and of a ServiceAccount', async () => {
  const rulesOf = async (flags: readonly string[]) => {
    const { stdout, code } = await dexchange(['discover', '-o', 'json', ...flags]);
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly name: string; readonly text: string }[];
    };
    return { code, text: checks.find(({ name }) => name === 'rules')?.text };
  };
  const binding = ['create', 'clusterrolebinding', 'viewers', '--clusterrole=view'];
  expect(await kubectl([...binding, '--user=deployer@example.com'])).toMatchObject({ code: 0 });
  expect(await rulesOf(['--user=deployer@example.com'])).toEqual({
    code: 0,
    text: 'user deployer@example.com is named in ClusterAuthorizationRule ci-access (Admin), ClusterRoleBinding viewers (role view)',
  });
  expect(await rulesOf(['-n', 'ci-deploy', '--service-account=deploy'])).toEqual({
    code: 0,
    text: 'ServiceAccount ci-deploy/deploy is named in ClusterAuthorizationRule deploy-access (User)',
  });
  expect(await rulesOf(['--group=strangers'])).toEqual({
    code: 2,
    text: 'no rule names group strangers',
  });
});

test('the one command that discover prints allows all that it is not allowed to read', async () => {
  const reader = ['-n', 'ci-deploy', '--service-account=reader'];
  await apply(['service-account', ...reader, '--token-secret', '--access-level=User']);
  const { stdout: token } = await kubectl(['-n', 'ci-deploy', 'create', 'token', 'reader']);
  const path = join(folder, 'reader.config');
  const admin = parse(await readFile(cluster.kubernetes.adminKubeconfig, 'utf8'));
  admin.users[0].user = { token: token.trim() };
  await writeFile(path, JSON.stringify(admin), { mode: 0o600 });
  const asReader = (form: string) =>
    dexchange([
      ...['discover', '-o', form, '--show-secrets', `--kubeconfig=${path}`],
      ...['--connector-id=gitlab', '--user=deployer@example.com', ...reader],
      '--client-name=ci-token-exchange',
    ]);
  const before = await asReader('table');
  expect(before).toMatchObject({ code: 6, stderr: '' });
  expect(before.stdout).toMatch(/^FAILED: publishAPI: not allowed to read ingress /);
  const [, command = ''] = /\n(kubectl auth reconcile .+)$/s.exec(before.stdout) ?? [];
  // Each of these would show all secrets, or a private key.
  expect(command).not.toMatch(/resources:\n +- secrets\n +verbs:\n +- list|ingress-tls|key-pair/);
  const tools = await servers.folder('administrator-tools');
  await symlink(servers.kubectls.built, join(tools, 'kubectl'));
  const pasted = await run('sh', ['-c', command], {
    env: { ...env, PATH: `${tools}:${process.env['PATH']}` },
    cwd: folder,
  });
  expect(pasted, pasted.stderr).toMatchObject({ code: 0 });
  const after = await asReader('json');
  expect(after, after.stderr).toMatchObject({ code: 0, stderr: '' });
  const { values, grant } = JSON.parse(after.stdout);
  expect(grant).toBeNull();
  expect(values).toMatchObject({ DEX_CLIENT_SECRET: {}, KUBE_TOKEN: {}, DEX_CONNECTOR_ID: {} });
  // The secrets with private keys were not asked for.
  expect(Object.keys(values)).not.toContain('DEX_CA_DATA');
});

test('doctor checks what the job needs in the cluster', async () => {
  const checked = async (args: readonly string[] = []) => {
    const ran = await dexchange(['doctor', '--for=admin', '-o', 'json', ...args]);
    const report = parsedDoctor(ran.stdout);
    expect(ran).toMatchObject({ code: report.verdict.exitCode, stderr: '' });
    const lines = report.checks
      .filter(({ name }) => name === 'cluster' || name === 'permissions')
      .map(({ state, found }) => `${state} ${found}`);
    return { verdict: report.verdict, lines: lines.join('\n') };
  };
  const prepared = await checked();
  expect(prepared.lines).toContain(`ok API_HOST ${cluster.apiHost} `);
  expect(prepared.lines).toContain(`ok DEX_HOST ${cluster.dexHost} `);
  expect(prepared.lines).toMatch(/^ok DexClient: ci-token-exchange may ask/m);
  expect(prepared.lines).toMatch(/^ok you may create a DexClient$/m);

  // As a GitOps tool that recreates the object loses it.
  const annotation = 'dexclient.deckhouse.io/allow-access-to-kubernetes';
  const annotate = (value: string) =>
    kubectl(['-n', 'd8-user-authn', 'annotate', 'dexclient/ci-token-exchange', value]);
  expect(await annotate(`${annotation}-`)).toMatchObject({ code: 0 });
  const without = await checked();
  expect(without.verdict).toMatchObject({ check: 'cluster', error: 'api_missing', exitCode: 2 });
  expect(without.lines).toMatch(/^failed DexClient: ci-token-exchange lacks the annotation/m);
  expect(await annotate(`${annotation}=true`)).toMatchObject({ code: 0 });

  const other = await checked(['--client-name=unknown-client']);
  expect(other.lines).toMatch(/^failed DexClient: .*unknown-client/m);
});

describe('the error names the cause and the remedy for', () => {
  const getToken = ['get-token', '--method=service-account', '-n', 'ci-deploy'];

  test('a deleted ServiceAccount', async () => {
    await kubectl(['-n', 'ci-deploy', 'create', 'sa', 'leaver']);
    expect(await dexchange([...getToken, '--service-account=leaver'])).toMatchObject({ code: 0 });
    await kubectl(['-n', 'ci-deploy', 'delete', 'sa', 'leaver', '--wait=false']);
    const ended = await dexchange([...getToken, '--service-account=leaver', '--no-cache']);
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(ended.stderr).toMatch(
      /cannot create a token of ServiceAccount ci-deploy\/leaver: serviceaccounts "leaver" not found \(api_missing\)\nhint: create the ServiceAccount: dexchange manifests service-account/,
    );
  });

  test('a forbidden TokenRequest, with the command that grants it', async () => {
    const path = join(folder, 'deployer.config');
    const written = await dexchange([
      ...['kubeconfig', 'basic-auth', `--server=${cluster.publishedUrl}`, `--write-to=${path}`],
      ...[`--server-certificate-authority=${cluster.caFile}`, `--username=${passwordUser.email}`],
    ]);
    expect(written.code).toBe(0);
    const asDeployer = [...getToken, '--service-account=deploy', `--kubeconfig=${path}`];
    const ended = await dexchange(asDeployer);
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(ended.stderr).toContain('User "deployer@example.com" cannot create resource');
    const [, command = ''] =
      /hint: ask a cluster administrator to run: kubectl (.+), and to bind/.exec(ended.stderr) ??
      [];
    expect(await kubectl(command.split(' '))).toMatchObject({ code: 0 });
    const bind =
      '-n ci-deploy create rolebinding d --role=deploy-token --user=deployer@example.com';
    expect(await kubectl(bind.split(' '))).toMatchObject({ code: 0 });
    expect(await dexchange([...asDeployer, '--no-cache'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('a wrong password, and disabled Basic Auth', async () => {
    const path = join(folder, 'never-written.config');
    const verify = (password: string) =>
      dexchange(
        [
          ...['kubeconfig', 'basic-auth', '--discover', '--verify', `--write-to=${path}`],
          `--username=${passwordUser.email}`,
        ],
        { K8S_PASSWORD: password },
      );
    const wrong = await verify('wr0ng-one');
    expect(wrong).toMatchObject({ code: 6, stdout: '' });
    expect(wrong.stderr).toMatch(
      / deployer@example.com \(403\) \(api_forbidden\)\nhint: .*most likely .*password is wrong/,
    );
    cluster.basicAuth.enabled = false;
    const off = await verify(passwordUser.password).finally(() => {
      cluster.basicAuth.enabled = true;
    });
    expect(off.stderr).toMatch(/\(401\) \(api_unauthorized\)\nhint: .*enableBasicAuth/);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  test('a missing ingress', async () => {
    const path = '/apis/networking.k8s.io/v1/namespaces/d8-user-authn/ingresses/kubernetes-api';
    const ingress = (await cluster.admin(path)).json() as { metadata: object };
    await cluster.admin(path, { method: 'DELETE' });
    try {
      const ended = await dexchange([
        'kubeconfig',
        'token-exchange',
        '--discover',
        '--connector-id=x',
      ]);
      expect(ended).toMatchObject({ code: 6, stdout: '' });
      expect(ended.stderr).toMatch(
        /the address of the API is not in ingress d8-user-authn\/kubernetes-api, nor in ingress kube-system\/kubernetes-api, nor in httproute .+ \(api_missing\)\nhint: set publishAPI.enabled/,
      );
      // The place of the ingress in newer releases.
      const moved = { ...ingress, metadata: { name: 'kubernetes-api' } };
      await cluster.admin('/apis/networking.k8s.io/v1/namespaces/kube-system/ingresses', {
        body: moved,
      });
      const found = await dexchange(['discover']);
      expect(found.stdout).toContain('(ingress kube-system/kubernetes-api)');
    } finally {
      await cluster.admin(path.replace('/kubernetes-api', ''), {
        body: { ...ingress, metadata: { name: 'kubernetes-api' } },
      });
    }
  });

  test('a cluster without Deckhouse', async () => {
    const ended = await dexchange(['discover'], {
      KUBECONFIG: servers.kubernetes.adminKubeconfig,
    });
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(ended.stderr).toMatch(
      /has no Deckhouse: there is no API group deckhouse.io \(api_missing\)\nhint: /,
    );
  });
});

test('discover prints the values of a real cluster and the permissions of its caller', async () => {
  const { stdout } = await dexchange(['discover', '-o', 'json']);
  const { values, checks } = JSON.parse(stdout);
  expect(values).toMatchObject({
    API_HOST: { value: cluster.apiHost },
    DEX_HOST: { value: cluster.dexHost },
    DEX_CLIENT_ID: { value: dexClients.ci.id },
  });
  expect(Buffer.from(values.API_CA_DATA.value, 'base64').toString()).toBe(cluster.caPem);
  const states = checks.map(({ name, state }: { name: string; state: string }) => [name, state]);
  expect(states).toContainEqual(['DexClient', 'ok']);
  expect(states.filter(([name]: [string]) => name === 'permission')).toEqual(
    Array.from({ length: 5 }, () => ['permission', 'ok']),
  );
});

test('discover finds the hosts in HTTPRoutes of a real API server', async () => {
  await cluster.admin('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: httpRouteCrd,
  });
  const routes = '/apis/gateway.networking.k8s.io/v1/namespaces/kube-system/httproutes';
  const path = '/apis/networking.k8s.io/v1/namespaces/d8-user-authn/ingresses/kubernetes-api';
  const ingress = (await cluster.admin(path)).json() as { metadata: object };
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'kubernetes-api' },
    spec: { hostnames: ['api.route.test'] },
  };
  await expect
    .poll(async () => (await cluster.admin(routes, { body: route })).status, { timeout: 30_000 })
    .toBe(201);
  await cluster.admin(path, { method: 'DELETE' });
  try {
    await cluster.admin(
      '/apis/networking.k8s.io/v1/namespaces/kube-system/ingresses/kubernetes-api',
      { method: 'DELETE' },
    );
    const { code, stdout } = await dexchange(['discover', '-o=shell']);
    expect(code).toBe(0);
    expect(stdout).toContain("API_HOST='api.route.test'\n");
  } finally {
    await cluster.admin(path.replace('/kubernetes-api', ''), {
      body: { ...ingress, metadata: { name: 'kubernetes-api' } },
    });
  }
});
