import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { IncomingResponse, OutgoingRequest } from '../../src/http/message.ts';
import { columns } from '../../src/terminal/layout.ts';
import type { Check } from '../../src/usecases/discover/discovery.ts';
import { createCa } from '../support/certificates.ts';
import { freshFolder } from '../support/dexchange.ts';
import { type InProcessCall, runInProcess } from '../support/in-process.ts';
import { adminKubeconfig, deckhouseObjects } from '../support/kubernetes.ts';
import type { Ended } from '../support/run-to-end.ts';

// In this process, because each case would else start one; test/integration/cli/discover.test.ts runs
// the program, and test/e2e/admin.test.ts asks a real API server.

const server = 'https://api.example.com';
const networking = '/apis/networking.k8s.io/v1/namespaces';
const gateway = '/apis/gateway.networking.k8s.io/v1/namespaces';
const secrets = '/api/v1/namespaces/d8-user-authn/secrets';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

let home: string;
let objects: Record<string, unknown>;
let forbidden: Set<string>;
let ca: { readonly certPem: string; readonly keyPem: string };

beforeAll(async () => {
  ca = await createCa();
});
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
  objects = deckhouseObjects({ api: 'api.example.com', dex: 'dex.example.com', caPem: ca.certPem });
  forbidden = new Set();
  writeFileSync(join(home, 'admin'), adminKubeconfig({ url: server, caPem: ca.certPem }));
});

function json(status: number, body: unknown): IncomingResponse {
  return { status, headers: {}, body: JSON.stringify(body) };
}

/** The objects above, for user jane, who may do everything that is not forbidden. */
function cluster({ url, method }: OutgoingRequest): IncomingResponse {
  const { pathname } = new URL(url);
  if (pathname.endsWith('/selfsubjectreviews')) {
    return json(201, { status: { userInfo: { username: 'jane', groups: [] } } });
  }
  if (method === 'POST') return json(201, { status: { allowed: true } });
  if (forbidden.has(pathname)) return json(403, { message: `User "jane" cannot get ${pathname}` });
  const object = objects[pathname];
  return object === undefined
    ? json(404, { kind: 'Status', message: 'not found' })
    : json(200, object);
}

function run(args: readonly string[], call: InProcessCall = {}): Promise<Ended> {
  const env = { HOME: home, KUBECONFIG: join(home, 'admin'), ...call.env };
  return runInProcess(args, { home, cwd: home, answer: cluster, ...call, env });
}

/** The discovery as data, with its exit code. */
async function discovered(args: readonly string[] = []) {
  const { stdout, code } = await run(['discover', '-o', 'json', ...args]);
  const { values, checks, grant } = JSON.parse(stdout) as {
    readonly values: Readonly<Record<string, { readonly value: string; readonly place: string }>>;
    readonly checks: readonly Check[];
    readonly grant: string | null;
  };
  const check = (name: string) => checks.filter((each) => each.name === name);
  return { code, values, check, grant };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('the CA of Dex', () => {
  const moduleConfig = '/apis/deckhouse.io/v1alpha1/moduleconfigs/user-authn';
  const configured = (controlPlaneConfigurator: unknown) => ({
    spec: { settings: { controlPlaneConfigurator } },
  });
  const tls = (data: Record<string, string>) => ({
    type: 'kubernetes.io/tls',
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])),
  });

  test.each([
    ['a certificate of cert-manager', `${secrets}/ingress-tls`],
    ['a certificate of the administrator', `${secrets}/ingress-tls-customcertificate`],
    ['a certificate of cert-manager for an HTTPRoute', `${secrets}/httproute-tls`],
    ['a certificate of its own for an HTTPRoute', `${secrets}/httproute-tls-customcertificate`],
    ['the CA of a load balancer', moduleConfig],
  ])('is found beside %s', async (_what, path) => {
    objects[path] = {
      ...tls({ 'ca.crt': ca.certPem, 'tls.crt': 'leaf', 'tls.key': ca.keyPem }),
      ...configured({ dexCAMode: 'Custom', dexCustomCA: ca.certPem }),
    };
    const { code, values, check } = await discovered();
    expect(code).toBe(0);
    expect(Buffer.from(values['DEX_CA_DATA']?.value ?? '', 'base64').toString()).toBe(ca.certPem);
    expect(check('Dex CA')).toMatchObject([
      { state: 'ok', text: expect.stringMatching(/^1 cert/) },
    ]);
  });

  test('is not there if a public CA has issued the certificate', async () => {
    objects[`${secrets}/ingress-tls`] = tls({ 'ca.crt': '', 'tls.crt': ca.certPem });
    objects[moduleConfig] = configured({ dexCAMode: 'DoNotNeed', dexCustomCA: ca.certPem });
    const { code, values, check } = await discovered();
    expect(code).toBe(0);
    expect(values).not.toHaveProperty('DEX_CA_DATA');
    expect(check('Dex CA')).toMatchObject([{ state: 'ok', text: expect.stringMatching(/public/) }]);
  });

  test('is left out if it is a public one', async () => {
    const [root = ''] = rootCertificates;
    objects[`${secrets}/ingress-tls-customcertificate`] = tls({ 'ca.crt': root });
    const { values, check } = await discovered();
    expect(values).not.toHaveProperty('DEX_CA_DATA');
    expect(check('Dex CA')).toMatchObject([{ state: 'ok', text: expect.stringMatching(/public/) }]);
  });

  test('has one line in the table, and never brings a key', async () => {
    objects[`${secrets}/ingress-tls`] = tls({ 'ca.crt': `${ca.keyPem}\n${ca.certPem}` });
    const { stdout } = await run(['discover']);
    expect(stdout).toMatch(/^DEX_CA_DATA +LS0tLS1CRUdJTiBDRVJUSUZJ… \(base64\)$/m);
    const shell = await run(['discover', '-o', 'shell']);
    const [, data = ''] = /^DEX_CA_DATA='(.+)'$/m.exec(shell.stdout) ?? [];
    expect(Buffer.from(data, 'base64').toString()).toBe(ca.certPem);
  });

  test('is what the plugin trusts if the variable of -o shell is exported', async () => {
    const args = ['kubeconfig', 'token-exchange', '--connector-id=gitlab', `--server=${server}`];
    const data = base64(ca.certPem);
    const { stdout } = await run(args, { env: { DEX_HOST: 'dex.example.com', DEX_CA_DATA: data } });
    expect(parse(stdout).users[0].user.exec.args).toContain(
      `--dex-certificate-authority-data=${data}`,
    );
  });

  test('is embedded by kubeconfig --discover, for the Dex of the cluster', async () => {
    objects[`${secrets}/ingress-tls`] = tls({ 'ca.crt': ca.certPem });
    const argsOf = async (flags: readonly string[] = []): Promise<readonly string[]> => {
      const args = ['kubeconfig', 'token-exchange', '--discover', '--connector-id=gitlab'];
      const { stdout } = await run([...args, ...flags]);
      return parse(stdout).users[0].user.exec.args;
    };
    const embedded = `--dex-certificate-authority-data=${base64(ca.certPem)}`;
    expect(await argsOf()).toContain(embedded);
    expect(await argsOf(['--dex-url=https://dex.example.com'])).toContain(embedded);
    const { certPem } = await createCa();
    writeFileSync(join(home, 'own.crt'), certPem);
    const own = await argsOf([`--dex-certificate-authority=${join(home, 'own.crt')}`]);
    expect(own).toContain(`--dex-certificate-authority-data=${base64(certPem)}`);
    const other = await argsOf(['--dex-url=https://other.example.com']);
    expect(other.join(' ')).not.toContain('certificate-authority');
  });

  test('that is a bundle of all CAs is not embedded: clients limit the size of an argument', async () => {
    objects[`${secrets}/ingress-tls`] = tls({ 'ca.crt': ca.certPem.repeat(200) });
    const ended = await run(['kubeconfig', 'token-exchange', '--discover']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/the CA of Dex in the cluster is too large to embed: \d+ char/);
    expect(ended.stderr).toMatch(/^hint: set --dex-certificate-authority to a file with only/m);
  });

  test('that may not be read is a warning, and not to be allowed: the secret has the key', async () => {
    forbidden.add(`${secrets}/ingress-tls`);
    const { code, check, grant } = await discovered();
    expect(code).toBe(0);
    expect(check('Dex CA')).toMatchObject([
      { state: 'warning', hint: expect.stringMatching(/--dex-certificate-authority/) },
    ]);
    expect(grant).toBeNull();
    const args = ['kubeconfig', 'token-exchange', '--discover', '--connector-id=gitlab'];
    const written = await run(args);
    expect(written.code).toBe(0);
    expect(written.stderr).toMatch(
      /no CA of Dex is written, .*: not allowed to read secret d8-user-authn/,
    );
  });
});

describe('the CA of the API', () => {
  test.each(['d8-user-authn', 'kube-system'])('in mode Global is in %s', async (namespace) => {
    delete objects[`${secrets}/kubernetes-api-ca-key-pair`];
    objects[`/api/v1/namespaces/${namespace}/secrets/kubernetes-tls`] = {
      data: { 'ca.crt': base64(ca.certPem), 'tls.crt': base64('leaf') },
    };
    const { values } = await discovered();
    expect(values['API_CA_DATA']).toEqual({
      value: base64(ca.certPem),
      place: `secret ${namespace}/kubernetes-tls`,
    });
  });

  test('that may not be read leaves kubeconfig with a hint that grants no private key', async () => {
    forbidden.add(`${secrets}/kubernetes-api-ca-key-pair`);
    const ended = await run(['kubeconfig', 'token-exchange', '--discover']);
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(ended.stderr).toMatch(/^hint: set --server-certificate-authority .*--public-ca/m);
    expect(ended.stderr).not.toContain('create role');
  });
});

describe('rules', () => {
  const subject = (kind: string, name: string, more: object = {}) => ({ kind, name, ...more });
  const deckhouse = '/apis/deckhouse.io';
  beforeEach(() => {
    objects[`${deckhouse}/v1/clusterauthorizationrules`] = {
      items: [
        {
          metadata: { name: 'ci-access' },
          spec: {
            accessLevel: 'Admin',
            subjects: [subject('User', 'deployer@example.com'), subject('Group', 'ops')],
          },
        },
        {
          metadata: { name: 'odd' },
          spec: { subjects: [{}, 'text', null, subject('Odd', 'ops')] },
        },
      ],
    };
    objects[`${deckhouse}/v1alpha1/authorizationrules`] = {
      items: [
        {
          metadata: { name: 'shop', namespace: 'shop' },
          spec: { accessLevel: 'Editor', subjects: [subject('Group', 'ops')] },
        },
      ],
    };
    objects[`${rbac}/clusterrolebindings`] = {
      items: [
        {
          metadata: { name: 'user-authz:ci-access:admin' },
          roleRef: { name: 'user-authz:admin' },
          subjects: [subject('User', 'deployer@example.com')],
        },
        {
          metadata: { name: 'system:service-account-issuer-discovery' },
          roleRef: { name: 'system:service-account-issuer-discovery' },
          subjects: [subject('Group', 'system:serviceaccounts')],
        },
        { metadata: { name: 'empty' }, roleRef: { name: 'view' } },
      ],
    };
    objects[`${rbac}/rolebindings`] = {
      items: [
        {
          metadata: { name: 'edit', namespace: 'ci' },
          roleRef: { name: 'edit' },
          subjects: [subject('ServiceAccount', 'x', { namespace: 'ci' })],
        },
        {
          metadata: { name: 'all', namespace: 'team' },
          roleRef: { name: 'view' },
          subjects: [subject('Group', 'system:serviceaccounts:team')],
        },
      ],
    };
    for (const path of ['ci/serviceaccounts/x', 'ci/serviceaccounts/y', 'team/serviceaccounts/x']) {
      objects[`/api/v1/namespaces/${path}`] = { metadata: {} };
    }
  });

  test.each([
    [
      '--user=deployer@example.com',
      'user deployer@example.com is named in ClusterAuthorizationRule ci-access (Admin)',
    ],
    [
      '--group=ops',
      'group ops is named in ClusterAuthorizationRule ci-access (Admin), AuthorizationRule shop/shop (Editor)',
    ],
    [
      '--service-account=x -n ci',
      'ServiceAccount ci/x is named in RoleBinding ci/edit (role edit)',
    ],
    [
      '--service-account=x -n team',
      'ServiceAccount team/x is named in RoleBinding team/all (role view)',
    ],
  ])('that name %s', async (flags, text) => {
    const { code, check } = await discovered(flags.split(' '));
    expect(check('rules')).toEqual([{ name: 'rules', state: 'ok', text, asked: true }]);
    expect(code).toBe(0);
  });

  test.each([
    ['--user=stranger@example.com', /manifests token-exchange --user stranger@example\.com /],
    ['--group=deployer@example.com', /manifests token-exchange --group deployer@example\.com /],
    ['--service-account=y -n ci', /manifests service-account -n ci --service-account y /],
  ])('if none names %s, the exit code is 2 and a command creates one', async (flags, hint) => {
    const { code, check } = await discovered(flags.split(' '));
    expect(code).toBe(2);
    expect(check('rules')).toMatchObject([{ state: 'missing', hint: expect.stringMatching(hint) }]);
  });

  test('that may not be read leave it open, unless another names the user', async () => {
    forbidden.add(`${rbac}/rolebindings`);
    expect(await discovered(['--group=ops'])).toMatchObject({ code: 0, grant: null });
    const { code, check, grant } = await discovered(['--user=stranger@example.com']);
    expect(code).toBe(6);
    expect(check('rules')).toMatchObject([{ state: 'unknown' }]);
    expect(grant).toMatch(/kind: ClusterRole\n(?:.*\n)+? +- rolebindings\n +verbs:\n +- list\n/);
  });

  test('of several users are checked one by one', async () => {
    const flags = ['--user=deployer@example.com', '--user=stranger@example.com', '--group=ops'];
    const { code, check } = await discovered(flags);
    expect(check('rules').map(({ state }) => state)).toEqual(['ok', 'missing', 'ok']);
    expect(code).toBe(2);
  });

  test('need the namespace of a ServiceAccount', async () => {
    const ended = await run(['discover', '--service-account=x']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/not set: --namespace \(setting_missing\)/);
  });
});

test('a connector that is named may not be read: the exit code is 6', async () => {
  forbidden.add('/apis/deckhouse.io/v1/dexproviders');
  expect((await discovered()).code).toBe(0);
  expect((await discovered(['--connector-id=gitlab'])).code).toBe(6);
});

test('the secret of a client that is named must exist, even if it is not to be shown', async () => {
  const flag = '--client-name=ci-token-exchange';
  expect(await discovered([flag])).toMatchObject({ code: 0 });
  const path = `${secrets}/dex-client-ci-token-exchange`;
  forbidden.add(path);
  expect(await discovered([flag])).toMatchObject({ code: 0, grant: null });
  expect((await discovered([flag, '--show-secrets'])).code).toBe(6);
  forbidden.clear();
  delete objects[path];
  expect((await discovered([flag])).code).toBe(2);
});

test('all that is forbidden is allowed by one command', async () => {
  for (const path of [
    `${networking}/d8-user-authn/ingresses/kubernetes-api`,
    `${networking}/kube-system/ingresses/kubernetes-api`,
    `${networking}/d8-user-authn/ingresses/dex`,
    `${gateway}/d8-user-authn/httproutes/dex`,
    '/apis/deckhouse.io/v1/dexproviders',
  ]) {
    forbidden.add(path);
  }
  const { code, grant } = await discovered();
  expect(code).toBe(6);
  const [, yaml = ''] = /^kubectl auth reconcile -f - <<'EOF'\n(.+)EOF$/s.exec(grant ?? '') ?? [];
  const printed = parseAllDocuments(yaml).map((document) => document.toJS());
  expect(printed.map(({ kind, metadata: { namespace = '' } }) => `${kind} ${namespace}`)).toEqual([
    'Role d8-user-authn',
    'RoleBinding d8-user-authn',
    'Role kube-system',
    'RoleBinding kube-system',
    'ClusterRole ',
    'ClusterRoleBinding ',
  ]);
  expect(printed[0].rules).toEqual([
    {
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['httproutes'],
      verbs: ['get'],
      resourceNames: ['dex'],
    },
    {
      apiGroups: ['networking.k8s.io'],
      resources: ['ingresses'],
      verbs: ['get'],
      resourceNames: ['dex', 'kubernetes-api'],
    },
  ]);
  expect(printed[1].subjects).toEqual([
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' },
  ]);
  const table = await run(['discover']);
  expect(table.stdout.endsWith(`\n\n${grant}\n`)).toBe(true);
  const shell = await run(['discover', '-o', 'shell']);
  expect(shell.stderr.endsWith(`\n\n${grant}\n`)).toBe(true);
  expect(shell.stdout).not.toContain('kubectl');
});

test.each([
  [['discover']],
  [['kubeconfig', 'token-exchange', '--discover']],
  [['manifests', 'token-exchange', '--diff']],
])('%j passes on the error of a dexchange that the kubeconfig runs', async (args) => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'dexchange' };
  const user = { exec: { ...exec, args: ['get-token'], interactiveMode: 'Never' } };
  writeFileSync(join(home, 'admin'), adminKubeconfig({ url: server, caPem: ca.certPem }, user));
  const ended = await run(args, {
    command() {
      throw Object.assign(new Error('ended with exit code 4'), {
        exitCode: 4,
        stderr: 'dexchange: Dex denies the client (dex_client_refused)\nhint: set the secret\n',
      });
    },
  });
  expect(ended).toMatchObject({ code: 4, stdout: '' });
  expect(ended.stderr).toMatch(
    /^dexchange: Dex denies the client \(dex_client_refused\)\nhint: set the secret; .+\n$/,
  );
});

test('the command that allows more is safe to paste, whatever the user is called', async () => {
  const name = `$(touch pwned) 'EOF' "\\n" \`touch pwned\` # : {`;
  forbidden.add('/apis/deckhouse.io/v1/dexproviders');
  const { stdout } = await run(['discover', '-o', 'json'], {
    answer: (request) =>
      request.url.endsWith('/selfsubjectreviews')
        ? json(201, { status: { userInfo: { username: `${name}\nEOF\ntouch pwned`, groups: [] } } })
        : cluster(request),
  });
  const { grant } = JSON.parse(stdout) as { readonly grant: string };
  const pasted = evaluated(`kubectl() { cat; }\n${grant}`);
  const [, binding] = parseAllDocuments(pasted.stdout.replace(/went on\n$/, ''));
  expect(binding?.toJS().subjects[0].name).toBe(`${name} EOF touch pwned`);
});

describe('an address', () => {
  const ingress = `${networking}/d8-user-authn/ingresses/dex`;
  test.each<[string, unknown, string | undefined]>([
    [
      'of the first rule with a host',
      { rules: [{}, { host: '*.x.org' }, { host: 'a.x.org' }] },
      'a.x.org',
    ],
    ['with a port', { rules: [{ host: 'a.x.org:8443' }] }, 'a.x.org:8443'],
    ['that is a wildcard', { rules: [{ host: '*.x.org' }] }, undefined],
    ['that is an IPv6 address', { rules: [{ host: '::1' }] }, undefined],
    ['with shell characters', { rules: [{ host: 'a$(touch pwned).x.org' }] }, undefined],
    ['with a line break', { rules: [{ host: 'a.x.org\ntouch pwned' }] }, undefined],
    ['of no rule', { rules: [] }, undefined],
    ['that is not a text', { rules: [{ host: ['a.x.org'] }] }, undefined],
    ['of a default backend', { defaultBackend: { service: { name: 'dex' } } }, undefined],
    ['of rules that are no list', { rules: 'a.x.org' }, undefined],
  ])('%s', async (_what, spec, host) => {
    objects[ingress] = { spec };
    const { code, values } = await discovered();
    expect(values['DEX_HOST']?.value).toBe(host);
    expect(code).toBe(host === undefined ? 2 : 0);
  });
});

/** Evaluates an output as the documentation says, in a folder that must stay empty. */
function evaluated(stdout: string): { readonly status: number | null; readonly stdout: string } {
  const script = 'set -e; eval "$1"; echo "went on"';
  const ended = spawnSync('sh', ['-c', script, 'sh', stdout], { encoding: 'utf8', cwd: home });
  expect(existsSync(join(home, 'pwned'))).toBe(false);
  expect(ended.stderr).toBe('');
  return ended;
}

describe('eval of -o shell stops', () => {
  const html = '<html><title>Log in $(touch pwned)</title><body>`touch pwned`</body></html>';
  test.each<[string, (request: OutgoingRequest) => IncomingResponse, number]>([
    ['at a login page', () => ({ status: 200, headers: {}, body: html }), 6],
    ['at a page that says 404', () => ({ status: 404, headers: {}, body: html }), 6],
    ['at 401', () => json(401, { message: '$(touch pwned)' }), 6],
    ['at 403', () => json(403, { message: '$(touch pwned)' }), 6],
    ['at 429', () => json(429, { message: '`touch pwned`' }), 6],
    ['at 500', () => json(500, { message: "'; touch pwned; '" }), 6],
    ['at an answer that is not JSON', () => ({ status: 200, headers: {}, body: 'touch pwned' }), 6],
    ['at JSON that is no object', () => json(200, 'touch pwned'), 6],
    [
      'at a page in the middle of it',
      (request) =>
        /ingresses/.test(request.url) ? { status: 200, headers: {}, body: html } : cluster(request),
      6,
    ],
    [
      'at 403 for each object, and nothing of it runs',
      (request) =>
        request.method === 'GET' && !request.url.endsWith('/apis/deckhouse.io')
          ? json(403, { message: "'; touch pwned; ' $(touch pwned)" })
          : cluster(request),
      6,
    ],
    [
      'without the kinds of the modules',
      ({ url }) => json(url.endsWith('/apis/deckhouse.io') ? 200 : 404, {}),
      2,
    ],
  ])('%s', async (_what, answer, exitCode) => {
    const { stdout, stderr, code } = await run(['discover', '-o', 'shell'], { answer });
    expect(code).toBe(exitCode);
    expect(stderr).not.toBe('');
    expect(evaluated(stdout)).toMatchObject({ status: exitCode, stdout: '' });
  });

  test.each([
    ['an unknown flag', ['discover', '-o', 'shell', '--no-such-flag']],
    ['a flag of another command', ['discover', '--output=shell', '--access-level=Admin']],
    ['an operand', ['discover', '-oshell', 'operand']],
    ['a flag without its value', ['discover', '--output', 'shell', '--context']],
    ['a bad value', ['-o', 'shell', 'discover', '--timeout=soon']],
    ['a bad name', ['discover', '-o', 'shell', '--client-name=$(touch pwned)']],
    ['an unknown context', ['discover', '-o=shell', '--context=unknown']],
    ['a missing kubeconfig', ['discover', '-o', 'shell', '--kubeconfig=no-such-file']],
  ])('at %s', async (_what, args) => {
    const { stdout, stderr, code } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dexchange: .+\nhint: .+\n$/);
    expect(evaluated(stdout)).toMatchObject({ status: 2, stdout: '' });
  });

  test('but other commands and forms print nothing if they fail', async () => {
    expect(await run(['discover', '-o', 'json', '--no-such-flag'])).toMatchObject({ stdout: '' });
    expect(await run(['manifests', '-o', 'shell'])).toMatchObject({ stdout: '' });
  });
});

test('the table fits any terminal, apart from what is to be copied', async () => {
  objects['/apis/deckhouse.io/v1/dexproviders'] = {
    items: Array.from({ length: 100 }, (_, at) => ({
      metadata: { name: `provider-${at}` },
      spec: { type: at % 2 === 0 ? 'OIDC' : 'LDAP' },
    })),
  };
  objects[`${secrets}/ingress-tls`] = { data: { 'ca.crt': base64(ca.certPem) } };
  forbidden.add(`${networking}/d8-user-authn/ingresses/kubernetes-api`);
  for (const terminalColumns of [60, 80, 120]) {
    const flags = ['--connector-id=none', '--user=stranger@example.com'];
    const { stdout, code } = await run(['discover', ...flags], { terminalColumns });
    expect(code).toBe(2);
    const [report = ''] = stdout.split('To allow what is forbidden');
    for (const line of report.split('\n')) {
      if (!line.includes('`')) expect(columns(line)).toBeLessThanOrEqual(terminalColumns);
    }
    expect(report.replaceAll(/\s+/g, ' ')).toMatch(/provider-0, provider-2, .*and 38 more/);
  }
});

describe('discover --group says whether Dex gives the group to a token', () => {
  const provider = (name: string, oidc: unknown, type = 'OIDC') => ({
    metadata: { name },
    spec: { type, oidc },
  });
  const mapped = { claimMapping: { groups: 'namespace_path' } };
  test.each([
    [
      'the only provider maps none',
      [provider('gitlab', {})],
      [],
      'warning',
      /^no token of .*: DexProvider gitlab is without/,
    ],
    [
      'no provider maps any',
      [provider('a', { claimMapping: { email: 'sub' } }), provider('b', {})],
      [],
      'warning',
      /: DexProviders a, b are without claimMapping\.groups/,
    ],
    [
      'one of two maps them',
      [provider('a', {}), provider('gitlab', mapped)],
      [],
      'ok',
      /^a token has group my-group if it is in claim namespace_path of gitlab$/,
    ],
    [
      '--connector-id names the other one',
      [provider('a', {}), provider('gitlab', mapped)],
      ['--connector-id=a'],
      'warning',
      /: DexProvider a is without/,
    ],
    [
      'allowedGroups lack the group',
      [provider('gitlab', { ...mapped, allowedGroups: ['other'] })],
      [],
      'warning',
      /^no token has group my-group: it is not in allowedGroups of gitlab$/,
    ],
    [
      'allowedGroups have the group',
      [provider('gitlab', { ...mapped, allowedGroups: ['other', 'my-group'] })],
      [],
      'ok',
      /of gitlab$/,
    ],
  ])('%s', async (_what, items, more, state, text) => {
    objects['/apis/deckhouse.io/v1/dexproviders'] = { items };
    const { check } = await discovered(['--group=my-group', ...more]);
    expect(check('groups')).toMatchObject([{ state, text: expect.stringMatching(text) }]);
  });

  test.each([
    ['there is no provider for token exchange', ['--group=g'], [provider('p', {}, 'LDAP')]],
    ['only users are named', ['--user=u'], [provider('p', {})]],
  ])('nothing if %s', async (_what, args, items) => {
    objects['/apis/deckhouse.io/v1/dexproviders'] = { items };
    expect((await discovered(args)).check('groups')).toEqual([]);
  });
});

describe('kubeconfig token-exchange --discover', () => {
  const args = ['kubeconfig', 'token-exchange', '--discover'];
  const provider = (name: string, type: string) => ({ metadata: { name }, spec: { type } });
  const path = '/apis/deckhouse.io/v1/dexproviders';

  test.each([
    ['nope', 'there is no DexProvider nope; those of type OIDC are github, gitlab'],
    ['GitLab', 'there is no DexProvider GitLab; those of type OIDC are github, gitlab'],
    [
      'ldap',
      'DexProvider ldap is of type LDAP, which cannot exchange tokens; those of type OIDC are github, gitlab',
    ],
    ['gitlab', undefined],
  ])('with --connector-id %s warns: %s', async (name, warning) => {
    objects[path] = {
      items: [provider('github', 'OIDC'), provider('gitlab', 'OIDC'), provider('ldap', 'LDAP')],
    };
    const ended = await run([...args, `--connector-id=${name}`]);
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/(?<=^warning: ).*/gm)).toEqual(
      warning === undefined ? null : [warning],
    );
  });

  test('warns of a connector from a variable too, and when no DexProvider can exchange', async () => {
    objects[path] = { items: [provider('ldap', 'LDAP')] };
    const ended = await run(args, { env: { DEX_CONNECTOR_ID: 'gitlab' } });
    expect(ended.stderr).toContain(
      'warning: there is no DexProvider gitlab; there is none of type OIDC\n',
    );
  });

  test('says nothing of a connector if the DexProviders are forbidden', async () => {
    forbidden.add(path);
    const ended = await run([...args, '--connector-id=gitlab']);
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toMatch(/warning|DexProvider/);
  });

  test('says that the CAs of the cluster are not used for other addresses', async () => {
    const given = ['--server=https://10.0.0.1:6443', '--connector-id=gitlab'];
    const ended = await run([...args, ...given], { env: { DEX_HOST: 'sso.example.com' } });
    expect(ended.stderr).toContain(
      'no CA of the API is written, since 10.0.0.1:6443 of --server is not the address of the API that the cluster publishes, which is api.example.com: set --server-certificate-authority if its certificate is of a private CA\n',
    );
    expect(ended.stderr).toContain(
      'no CA of Dex is written, since sso.example.com of DEX_HOST is not the address of Dex that the cluster publishes, which is dex.example.com: set --dex-certificate-authority if its certificate is of a private CA\n',
    );
    const same = await run([...args, '--server=https://api.example.com', '--connector-id=gitlab']);
    expect(same.stderr).toContain('found: CA of the API');
    expect(same.stderr).not.toContain('since');
    const ca = join(home, 'ca.crt');
    writeFileSync(ca, rootCertificates[0] ?? '');
    const both = [`--server-certificate-authority=${ca}`, `--dex-certificate-authority=${ca}`];
    const own = await run([...args, ...given, ...both], { env: { DEX_HOST: 'sso.example.com' } });
    expect(own.stderr).not.toContain('since');
  });
});

describe('kubeconfig --write-to an existing file', () => {
  const args = [
    ...['kubeconfig', 'token-exchange', '--server=https://api.example.com', '--write-to=ci'],
    ...['--dex-url=https://dex.example.com/', '--connector-id'],
  ];
  const replaced =
    'replaced user ci-token-exchange, which the file had with other values: to keep both, set --user-name and --context-name\n';

  test.each([
    ['another connector', 'github', replaced],
    ['the same connector', 'gitlab', ''],
  ])('with %s says what was replaced', async (_what, connector, expected) => {
    const existing = (await run(args.toSpliced(3, 1).concat('gitlab'))).stdout;
    const ended = await run([...args, connector], { existing });
    expect(ended.code).toBe(0);
    expect(ended.stderr.split('\n').slice(2).join('\n')).toBe(expected);
  });

  test('names every part that was replaced', async () => {
    const old = 'certificate-authority-data: b2xk';
    const existing = (await run(args.toSpliced(3, 1).concat('gitlab'))).stdout.replace(
      'server: https://api.example.com',
      `server: https://api.example.com\n    ${old}`,
    );
    expect(existing).toContain(old);
    const ca = join(home, 'ca.crt');
    writeFileSync(ca, rootCertificates[0] ?? '');
    const ended = await run([...args, 'github', `--server-certificate-authority=${ca}`], {
      existing,
    });
    expect(ended.stderr).toContain(
      'replaced cluster api.example.com and user ci-token-exchange, which the file had with other values: to keep both, set --cluster-name and --user-name and --context-name\n',
    );
  });
});

describe('a cluster without Deckhouse is named by its context, and the hint of', () => {
  test.each([
    [
      ['discover'],
      'select a cluster with Deckhouse with --kubeconfig and --context; without Deckhouse, set --server, --dex-url, --client-id and --connector-id for a kubeconfig (see `dexchange help kubeconfig`)',
    ],
    [
      ['kubeconfig', 'token-exchange', '--discover'],
      'select a cluster with Deckhouse with --kubeconfig and --context; without Deckhouse, omit --discover and set --server, and for token exchange --dex-url, --client-id and --connector-id',
    ],
    [
      ['manifests', 'token-exchange', '--diff'],
      'select a cluster with Deckhouse with --kubeconfig and --context',
    ],
  ])('%j can be followed', async (args, hint) => {
    objects = {};
    const { code, stderr } = await run(args);
    expect(code).toBe(6);
    const { 'current-context': context } = parse(readFileSync(join(home, 'admin'), 'utf8'));
    expect(stderr).toBe(
      `dexchange: the cluster of context ${context} (${server}) has no Deckhouse: there is no API group deckhouse.io (api_missing)\nhint: ${hint}\n`,
    );
  });

  test('doctor --for admin does not speak of --discover', async () => {
    objects = {};
    const { stdout } = await run(['doctor', '--for=admin', '-o', 'json']);
    expect(stdout).toContain('has no Deckhouse');
    expect(stdout).toContain('select a cluster with Deckhouse');
    expect(stdout).not.toContain('--discover');
  });
});

describe('a server that is not a Kubernetes API is not a cluster without Deckhouse', () => {
  const page = (status: number, body: string, type = 'text/plain'): IncomingResponse => ({
    status,
    headers: { 'content-type': type },
    body,
  });
  test.each([
    ['Dex', () => page(404, '404 page not found\n')],
    ['a web server', () => page(404, '<html><title>404 Not Found</title></html>', 'text/html')],
    ['another API', () => page(404, '{"error":"not found"}', 'application/json')],
    [
      'a login page',
      ({ url }: OutgoingRequest) =>
        url.endsWith('/version')
          ? page(200, '<html><title>Log in</title></html>', 'text/html')
          : page(404, 'not found'),
    ],
  ])('%s', async (_what, answer) => {
    const { code, stderr } = await run(['discover'], { answer });
    expect(code).toBe(6);
    expect(stderr).toMatch(
      /^dexchange: https:\/\/api\.example\.com is not a Kubernetes API: it answers \/version with \d{3}, but not as one \(api_refused\)\nhint: correct server of the cluster of context /,
    );
  });

  test('but one that answers an unknown group in plain text is', async () => {
    const answer = ({ url }: OutgoingRequest): IncomingResponse =>
      url.endsWith('/version')
        ? json(200, { major: '1', minor: '36', gitVersion: 'v1.36.3' })
        : page(404, '404 page not found\n');
    expect((await run(['discover'], { answer })).stderr).toContain('has no Deckhouse');
  });

  test('and so is one that tells its version only to some', async () => {
    const answer = ({ url }: OutgoingRequest): IncomingResponse =>
      url.endsWith('/version')
        ? json(403, { kind: 'Status', status: 'Failure', message: 'forbidden', code: 403 })
        : page(404, '404 page not found\n');
    expect((await run(['discover'], { answer })).stderr).toContain('has no Deckhouse');
  });
});

test('Basic Auth that nobody has turned on is off, which is neither missing nor a failure', async () => {
  const { code, check } = await discovered();
  expect(code).toBe(0);
  expect(check('Basic Auth')).toEqual([
    { name: 'Basic Auth', state: 'off', text: 'no DexProvider has enableBasicAuth: true' },
  ]);
  const shell = await run(['discover', '-o', 'shell']);
  expect(shell.stderr).toContain('off: Basic Auth: no DexProvider has enableBasicAuth: true\n');
  expect(shell.stderr).not.toContain('missing: Basic Auth');
});
