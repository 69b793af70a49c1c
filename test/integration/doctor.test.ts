import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CheckName, DoctorReport } from '../../src/explain/doctor/report.ts';
import type { IncomingResponse, OutgoingRequest } from '../../src/http/message.ts';
import type { Environment, Program } from '../../src/ports.ts';
import { freshFolder } from '../support/dexchange.ts';
import { parsedDoctor } from '../support/doctor-schema.ts';
import { goodClaims, unsignedJwt } from '../support/hostile-world.ts';
import { type InProcessCall, runInProcess } from '../support/in-process.ts';
import { adminKubeconfig, deckhouseObjects } from '../support/kubernetes.ts';
import { leaksIn } from '../support/leaks.ts';

// In this process, because each case would else start several; test/e2e/doctor.test.ts runs the
// binary against real servers.

let home: string;
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
});

const secret = 'cl1ent-s3cr3t-0fTheJob';
const server = 'https://api.example.com';

function program(path: string, problem?: Program['problem']): readonly Program[] {
  return [{ path, realPath: path, problem }];
}

const kubectl = { kubectl: program('/usr/bin/kubectl') };

function kubectlSays(version: string): NonNullable<InProcessCall['command']> {
  return ([path]) => {
    if (path !== '/usr/bin/kubectl') throw new Error('was not found');
    return JSON.stringify({ clientVersion: { gitVersion: version } });
  };
}

async function doctor(
  args: readonly string[],
  call: InProcessCall = {},
): Promise<{ report: DoctorReport; all: (name: CheckName) => DoctorReport['checks'] }> {
  const ended = await runInProcess(['doctor', '-o', 'json', ...args], {
    home,
    cwd: home,
    programs: kubectl,
    command: kubectlSays('v1.36.0'),
    ...call,
    env: { HOME: home, ...call.env },
  });
  expect(ended.stderr).toBe('');
  const report = parsedDoctor(ended.stdout);
  expect(ended.code).toBe(report.verdict.exitCode);
  return { report, all: (name) => report.checks.filter((check) => check.name === name) };
}

/** Writes `~/.kube/config`, where kubectl looks. */
function writeKubeconfig(user: unknown, cluster: object = {}): string {
  mkdirSync(join(home, '.kube'), { recursive: true });
  const path = join(home, '.kube/config');
  const text = JSON.stringify({
    'current-context': 'ci',
    contexts: [{ name: 'ci', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
  });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function json(status: number, body: unknown): IncomingResponse {
  return { status, headers: {}, body: JSON.stringify(body) };
}

/** An API server that authenticates everybody as jane, who may only get pods. */
function api({ url, json: body }: OutgoingRequest): IncomingResponse {
  if (url.endsWith('/version')) return json(200, { gitVersion: 'v1.36.3' });
  if (url.endsWith('/selfsubjectreviews')) {
    return json(201, { status: { userInfo: { username: 'jane', groups: [] } } });
  }
  if (url.endsWith('/selfsubjectaccessreviews')) {
    const { resource } = (body as { spec: { resourceAttributes: { resource: string } } }).spec
      .resourceAttributes;
    return json(201, { status: { allowed: resource === 'pods' } });
  }
  if (url.endsWith('/selfsubjectrulesreviews')) {
    const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
    return json(201, { status: { resourceRules: [rule], incomplete: false } });
  }
  return json(404, { message: 'not found' });
}

describe('without any configuration', () => {
  test('it says so first, and how to start', async () => {
    const { report } = await doctor([]);
    expect(report.verdict).toMatchObject({
      status: 'failed',
      check: 'kubeconfig',
      error: 'kubeconfig_unreadable',
      exitCode: 2,
    });
    expect(report.verdict.summary).toMatch(/^nothing is configured/);
    expect(report.verdict.causes[0]?.fix).toMatch(/dexchange kubeconfig token-exchange/);
    expect(report.checks.map(({ name }) => name)).toEqual([
      'kubectl',
      'kubeconfig',
      'clock',
      'cache',
      'proxy',
    ]);
  });

  test('a kubeconfig that is named must exist, also if there are other settings', async () => {
    const env = { KUBECONFIG: join(home, 'nowhere'), DEX_URL: 'https://dex.example.com/' };
    const { report } = await doctor([], { env });
    expect(report.verdict).toMatchObject({ check: 'kubeconfig', exitCode: 2 });
    expect(report.verdict.summary).toMatch(/nowhere does not exist/);
  });

  test('an incomplete configuration by variables names what is missing', async () => {
    const { report, all } = await doctor([], { env: { DEX_URL: 'https://dex.example.com/' } });
    expect(report.verdict).toMatchObject({ check: 'settings', error: 'setting_missing' });
    expect(all('kubeconfig')[0]?.state).toBe('skipped');
    expect(all('settings')[0]?.found).toMatch(/--client-id/);
  });
});

describe('tools', () => {
  test('a missing kubectl and d8 are a warning, since helm needs neither', async () => {
    writeKubeconfig({ token: 't0ken' });
    const { report, all } = await doctor([], { programs: {}, answer: api });
    expect(all('kubectl')).toMatchObject([{ state: 'warning' }]);
    expect(report.verdict).toMatchObject({ status: 'warning', check: 'kubectl', exitCode: 0 });
  });

  test('d8 alone is enough', async () => {
    writeKubeconfig({ token: 't0ken' });
    const { report, all } = await doctor([], {
      programs: { d8: program('/opt/d8') },
      command: () => 'd8 v0.33.0\n',
      answer: api,
    });
    expect(all('d8')).toMatchObject([{ state: 'ok', found: 'd8 v0.33.0 (/opt/d8)' }]);
    expect(all('kubectl')).toEqual([]);
    expect(report.verdict.status).toBe('ok');
  });

  test.each([
    ['v1.21.14', 'warning'],
    ['v1.22.0', 'ok'],
    ['v2.0.0', 'ok'],
  ])('kubectl %s is %s', async (version, state) => {
    const { all } = await doctor([], { command: kubectlSays(version) });
    expect(all('kubectl')[0]?.state).toBe(state);
  });

  test('they do not get the variables of the job', async () => {
    const environments: Environment[] = [];
    await doctor([], {
      env: { PATH: '/usr/bin', DEXCHANGE_CLIENT_SECRET: secret, CI_JOB_TOKEN: secret },
      command: (_words, env) => {
        environments.push(env);
        return '{}';
      },
    });
    expect(environments).toHaveLength(1);
    expect(environments[0]).toMatchObject({ PATH: '/usr/bin', HOME: home });
    expect(JSON.stringify(environments)).not.toContain(secret);
  });

  test('hostile output of a tool cannot start a line or move the cursor', async () => {
    const ended = await runInProcess(['doctor'], {
      home,
      cwd: home,
      env: { HOME: home },
      programs: { d8: program('/opt/d8') },
      command: () => `v1\u001b[2J\u202e\rOK: all is well${'x'.repeat(5000)}\n`,
    });
    expect(ended.stdout).not.toMatch(/\p{Cc}(?<!\n)|\u202e|^OK/mu);
    expect(ended.stdout.length).toBeLessThan(3000);
  });
});

describe('the plugin', () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'dexchange',
    args: ['get-token', '--dex-url=https://dex.example.com/', '--client-id=ci'],
    interactiveMode: 'Never',
  };

  test.each<[string, Readonly<Record<string, readonly Program[]>>, string | Error, object]>([
    ['is missing', {}, '', { state: 'failed', code: 'kubeconfig_invalid', found: /not in PATH/ }],
    [
      'is this program',
      { dexchange: program('/opt/dexchange') },
      '',
      { state: 'ok', found: /\/opt\/dexchange is this program, test/ },
    ],
    [
      'is not executable',
      { dexchange: program('/bin/dexchange', { kind: 'not-executable' }) },
      '',
      { state: 'failed', fix: /^run `chmod \+x \/bin\/dexchange`$/ },
    ],
    [
      'has no loader',
      { dexchange: program('/bin/dexchange', { kind: 'no-loader', loader: '/lib64/ld-x.so.2' }) },
      '',
      { state: 'failed', found: /exists, but \/lib64\/ld-x\.so\.2/, fix: /Alpine \(musl\)/ },
    ],
    [
      'is another file of the same version',
      { dexchange: program('/bin/dexchange') },
      'dexchange test\n',
      { state: 'ok', found: /another file/ },
    ],
    [
      'is of another version',
      { dexchange: program('/bin/dexchange') },
      'dexchange 0.0.9\n',
      { state: 'warning', found: /is dexchange 0\.0\.9, this is test/ },
    ],
    [
      'is another program of that name',
      { dexchange: program('/bin/dexchange') },
      `token=${secret}`,
      { state: 'warning', found: /does not say that it is dexchange/ },
    ],
    [
      'cannot be run',
      { dexchange: program('/bin/dexchange') },
      new Error('ended with exit code 127'),
      { state: 'failed', found: /ended with exit code 127/ },
    ],
  ])('%s', async (_what, programs, output, expected) => {
    writeKubeconfig({ exec });
    const { all } = await doctor([], {
      programs,
      command: () => {
        if (output instanceof Error) throw output;
        return output;
      },
      answer: () => json(500, {}),
    });
    const [check] = all('plugin');
    for (const [field, wanted] of Object.entries(expected)) {
      const found = check?.[field as 'found'];
      if (wanted instanceof RegExp) expect(found).toMatch(wanted);
      else expect(found).toBe(wanted);
    }
  });

  test('a file of KUBECONFIG that does not exist is a warning', async () => {
    const path = writeKubeconfig({ token: 'x' });
    const env = { KUBECONFIG: `${home}/typo:${path}:relative` };
    const { all } = await doctor([], { answer: api, env });
    expect(all('kubeconfig').at(-1)).toMatchObject({
      state: 'warning',
      found: `KUBECONFIG lists a file that does not exist: ${home}/typo, relative`,
    });
    const named = await doctor([`--kubeconfig=${path}`], { answer: api, env });
    expect(named.all('kubeconfig').map(({ state }) => state)).toEqual(['ok']);
  });

  test('what is odd in its entry is a warning with what to write', async () => {
    writeKubeconfig({
      exec: {
        ...exec,
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        interactiveMode: 'Always',
        args: [...exec.args, `--client-secret=${secret}`],
        env: [{ name: 'DEX_CLIENT_SECRET', value: secret }],
      },
    });
    const { report, all } = await doctor([], { answer: () => json(500, {}) });
    const found = all('kubeconfig').map(({ found }) => found);
    expect(found.join('\n')).toMatch(/v1beta1/);
    expect(found.join('\n')).toMatch(/interactiveMode: Always/);
    expect(found.join('\n')).toMatch(/--client-secret, DEX_CLIENT_SECRET$/m);
    expect(leaksIn(JSON.stringify(report), [secret])).toEqual([]);
    const inCi = await doctor([], { answer: () => json(500, {}), env: { CI: 'true' } });
    expect(inCi.all('kubeconfig').map(({ state }) => state)).toContain('failed');
  });
});

describe('a kubeconfig with another credential', () => {
  test.each([
    ['a static token', { token: secret }],
    ['a user name and password', { username: 'jane', password: secret }],
  ])('%s is asked who it is, and makes no exchange', async (kind, user) => {
    writeKubeconfig(user);
    const { report, all } = await doctor(['--can-i=get pods'], { answer: api });
    expect(all('kubeconfig')[0]?.found).toContain(kind);
    expect(all('exchange')).toMatchObject([{ state: 'skipped' }]);
    expect(all('api')[0]?.found).toMatch(/v1\.36\.3.* authenticates jane/);
    expect(all('permissions')).toMatchObject([{ state: 'ok', found: 'get pods: allowed' }]);
    expect(leaksIn(JSON.stringify(report), [secret])).toEqual([]);
  });

  test('each --can-i has its own line, and a refusal decides the exit code', async () => {
    writeKubeconfig({ token: secret });
    const asked = ['--can-i', 'get pods', '--can-i=create secrets'];
    const { report, all } = await doctor(asked, { answer: api });
    expect(all('permissions').map(({ state }) => state)).toEqual(['ok', 'failed']);
    expect(report.verdict).toMatchObject({ check: 'permissions', error: 'api_forbidden' });
    expect(report.verdict.exitCode).toBe(6);
  });

  test('a 401 is a failed check with the code and hint of whoami', async () => {
    writeKubeconfig({ token: secret });
    const { report } = await doctor([], { answer: () => json(401, { message: 'Unauthorized' }) });
    expect(report.verdict).toMatchObject({ check: 'api', error: 'api_unauthorized', exitCode: 6 });
    expect(report.verdict.causes[0]?.fix).toMatch(/^replace the token/);
  });

  test('a plugin of another name is run as kubectl runs it', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: ['eks'] };
    writeKubeconfig({ exec: { ...exec, interactiveMode: 'Never' } });
    const { all } = await doctor([], {
      answer: api,
      programs: { ...kubectl, aws: program('/usr/bin/aws') },
      command: (words, env) =>
        words[0] === 'aws'
          ? JSON.stringify({ ...exec, kind: 'ExecCredential', status: { token: secret } })
          : kubectlSays('v1.36.0')(words, env),
    });
    expect(all('plugin')).toMatchObject([{ state: 'ok', found: 'aws is /usr/bin/aws' }]);
    expect(all('api')[0]?.found).toMatch(/authenticates jane by plugin/);
  });

  test('a file with a secret that others can read is a warning', async () => {
    const path = writeKubeconfig({ token: secret });
    chmodSync(path, 0o644);
    const { all } = await doctor([], { answer: api, modeOf: () => 0o644 });
    expect(all('kubeconfig')[1]).toMatchObject({
      state: 'warning',
      fix: `run \`chmod 600 ${path}\``,
    });
    expect(all('kubeconfig')[1]?.found).toMatch(/mode 0644, and contains a secret: token$/);
  });
});

describe('a kubeconfig with method identity', () => {
  const token = unsignedJwt({ ...goodClaims(), iss: 'https://ci.example.com', aud: 'api' });
  const env = { DEX_URL: 'https://dex.example.com/', CI_TOKEN: token };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'dexchange',
    args: ['get-token', '--method=identity', '--subject-token-env=CI_TOKEN'],
    interactiveMode: 'Never',
  };

  test.each(['of its exec entry', 'of flags'])('%s is checked without Dex', async (where) => {
    const isEntry = where === 'of its exec entry';
    if (isEntry) writeKubeconfig({ exec });
    const flags = isEntry ? [] : [...exec.args.slice(1), `--server=${server}`];
    const programs = { ...kubectl, dexchange: program('/opt/dexchange') };
    const { report, all } = await doctor(flags, { answer: api, env, programs });
    expect(all('identity-token')).toMatchObject([{ state: 'ok' }]);
    expect(all('exchange')).toMatchObject([{ state: 'skipped' }]);
    expect(all('api')[0]?.found).toMatch(/authenticates jane$/);
    for (const name of ['dex', 'claims', 'groups'] as const) expect(all(name)).toEqual([]);
    expect(all('proxy').map(({ found }) => found)).toEqual(['the API directly']);
    expect(leaksIn(JSON.stringify(report), [token])).toEqual([]);
  });

  test('that the API server rejects says what it must trust', async () => {
    const args = [...exec.args.slice(1), `--server=${server}`];
    const { report } = await doctor(args, { answer: () => json(401, {}), env });
    expect(report.verdict).toMatchObject({ check: 'api', error: 'api_unauthorized', exitCode: 6 });
    expect(report.verdict.causes[0]?.fix).toContain('https://ci.example.com');
  });
});

describe('proxies', () => {
  test('are named by the rules of Go, without user and password', async () => {
    writeKubeconfig({ token: 't0ken' });
    const { all } = await doctor([], {
      answer: api,
      env: { HTTPS_PROXY: `http://jdoe:${secret}@proxy.example.com:3128` },
    });
    expect(all('proxy')).toMatchObject([
      { state: 'ok', found: 'the API through proxy.example.com:3128 (HTTPS_PROXY)' },
    ]);
  });

  test('a variable that Go does not read is a warning', async () => {
    writeKubeconfig({ token: 't0ken' });
    const { all } = await doctor([], { answer: api, env: { ALL_PROXY: 'http://proxy:1' } });
    expect(all('proxy')[0]).toMatchObject({ state: 'warning' });
    expect(all('proxy')[0]?.found).toMatch(/ALL_PROXY is set/);
  });

  test('proxy-url of the cluster comes before the variables', async () => {
    writeKubeconfig({ token: 't0ken' }, { 'proxy-url': `http://jdoe:${secret}@10.0.0.1:8080` });
    const { report, all } = await doctor([], { answer: api });
    expect(all('proxy')[0]?.found).toBe('the API through 10.0.0.1:8080 (proxy-url of the cluster)');
    expect(leaksIn(JSON.stringify(report), [secret])).toEqual([]);
  });
});

describe('the cache', () => {
  test('in the folder of the project is a warning: cache: could upload it', async () => {
    const args = [`--cache-dir=${home}/project/.cache`];
    const { all } = await doctor(args, { env: { CI_PROJECT_DIR: `${home}/project` } });
    expect(all('cache')[0]).toMatchObject({ state: 'warning' });
    expect(all('cache')[0]?.found).toMatch(/project folder of the job/);
  });

  test('in a folder that others can read is not used', async () => {
    const leaf = join(home, 'cache/dexchange');
    mkdirSync(leaf, { recursive: true });
    chmodSync(leaf, 0o777);
    const { all } = await doctor([`--cache-dir=${home}/cache`]);
    expect(all('cache')[0]).toMatchObject({ state: 'warning' });
    expect(all('cache')[0]?.fix).toMatch(/0700/);
  });

  test('tells what killed calls left behind, and how to remove it', async () => {
    const leaf = join(home, 'cache/dexchange');
    mkdirSync(leaf, { recursive: true, mode: 0o700 });
    writeFileSync(join(leaf, `${'a'.repeat(32)}.entry`), 'damaged', { mode: 0o600 });
    utimesSync(join(leaf, `${'a'.repeat(32)}.entry`), 1, 1);
    const { all } = await doctor([`--cache-dir=${home}/cache`]);
    expect(all('cache')[0]).toMatchObject({
      state: 'ok',
      fix: `run \`dexchange cache prune --cache-dir ${home}/cache\``,
    });
    const prune = ['cache', 'prune', '--cache-dir', `${home}/cache`];
    expect(await runInProcess(prune, { home, cwd: home })).toMatchObject({ code: 0 });
    const pruned = await doctor([`--cache-dir=${home}/cache`]);
    expect(pruned.all('cache')[0]?.fix).toBeNull();
  });
});

describe('--for admin', () => {
  const objects = deckhouseObjects({ api: 'api.example.com', dex: 'dex.example.com', caPem: '' });

  function cluster(request: OutgoingRequest): IncomingResponse {
    const object = objects[new URL(request.url).pathname];
    return request.method === 'GET' && object !== undefined ? json(200, object) : api(request);
  }

  function writeAdmin(): void {
    mkdirSync(join(home, '.kube'), { recursive: true });
    writeFileSync(join(home, '.kube/config'), adminKubeconfig({ url: server, caPem: '' }));
  }

  test('checks what the job needs in the cluster', async () => {
    writeAdmin();
    const { report, all } = await doctor(['--for=admin'], { answer: cluster });
    const found = all('cluster').map(({ state, found }) => `${state} ${found}`);
    expect(found).toContain('ok API_HOST api.example.com (ingress d8-user-authn/kubernetes-api)');
    expect(found.join('\n')).toMatch(/^ok DexClient: ci-token-exchange may ask for audience/m);
    expect(found.join('\n')).toMatch(
      /^skipped Basic Auth: no DexProvider has enableBasicAuth: true, so it is off$/m,
    );
    expect(all('permissions').map(({ state }) => state)).toContain('warning');
    expect(report).toMatchObject({ for: 'admin', verdict: { exitCode: 0 } });
    expect(report.checks.map(({ name }) => name)).not.toContain('exchange');
  });

  test('a DexClient without the annotation fails, with what to apply', async () => {
    writeAdmin();
    const path = '/apis/deckhouse.io/v1/namespaces/d8-user-authn/dexclients/ci-token-exchange';
    const { report } = await doctor(['--for', 'admin'], {
      answer: (request) =>
        request.url.endsWith(path) ? json(200, { metadata: {} }) : cluster(request),
    });
    expect(report.verdict).toMatchObject({ check: 'cluster', error: 'api_missing', exitCode: 2 });
    expect(report.verdict.summary).toMatch(/annotation allow-access-to-kubernetes/);
  });

  test.each<[string, (request: OutgoingRequest) => IncomingResponse, number]>([
    ['a missing object', ({ url }) => json(url.includes('/ingresses/dex') ? 404 : 200, {}), 2],
    ['a forbidden object', ({ url }) => json(url.includes('/ingresses/dex') ? 403 : 200, {}), 6],
    ['no Deckhouse', ({ url }) => json(url.endsWith('/apis/deckhouse.io') ? 404 : 200, {}), 6],
  ])('ends like discover for %s', async (_what, refusal, exitCode) => {
    writeAdmin();
    const answer = (request: OutgoingRequest) => {
      const { pathname } = new URL(request.url);
      if (!/\/(?:ingresses|httproutes)\/dex$|^\/apis\/deckhouse\.io$/.test(pathname)) {
        return cluster(request);
      }
      const response = refusal(request);
      return response.status === 200 ? cluster(request) : response;
    };
    const { report } = await doctor(['--for=admin'], { answer });
    expect(report.verdict).toMatchObject({ check: 'cluster', exitCode });
    const env = { HOME: home };
    const ended = await runInProcess(['discover'], { home, cwd: home, env, answer });
    expect(ended.code).toBe(exitCode);
  });

  test('needs a kubeconfig', async () => {
    const { report } = await doctor(['--for=admin'], {});
    expect(report.verdict).toMatchObject({ check: 'kubeconfig', exitCode: 2 });
  });
});

test.each([
  [['--can-i=pods'], /--can-i needs a verb and a resource/],
  [['--for=nobody'], /--for is nobody/],
  [['-o', 'yaml2'], /--output is yaml2/],
  [['--explain'], /doctor has no flag --explain/],
])('%j is a usage error', async (args, message) => {
  const ended = await runInProcess(['doctor', ...args], { home, cwd: home, env: { HOME: home } });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toMatch(message);
});

test('in the log of a CI system, the verdict is an annotation and the checks are a section', async () => {
  const call = { home, cwd: home, env: { HOME: home, GITHUB_ACTIONS: 'true' } };
  const ended = await runInProcess(['doctor'], call);
  expect(ended.code).toBe(2);
  expect(ended.stdout).toMatch(/^::error title=dexchange::nothing is configured/m);
  expect(ended.stdout).toMatch(/^::group::checks$/m);
  const plain = await runInProcess(['doctor', '--no-ci-output'], call);
  expect(plain.stdout).not.toMatch(/^::/m);
});
