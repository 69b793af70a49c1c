import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type CertificateAuthority, createCa } from '../../support/certificates.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { program } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import {
  type Answer,
  type RecordedRequest,
  type RunningServer,
  type ServerBehaviour,
  startHttpServer,
} from '../../support/http-server.ts';
import { startProxy } from '../../support/proxy.ts';
import type { Ended } from '../../support/run-to-end.ts';

// What every command that asks the Kubernetes API has in common, since all of them use one client.

const suite = homeSuite();
/** Long enough for a busy machine. */
const timeout = '--timeout=20s';
const shortTimeout = '--timeout=2s';

let ca: CertificateAuthority;
let api: RunningServer;
const behaviour: ServerBehaviour = {};
let answer: (request: RecordedRequest) => Answer;

beforeAll(async () => {
  ca = await createCa();
  const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1', 'api.example.com'] });
  api = await startHttpServer({ tls }, behaviour, (request) => answer(request));
});
afterAll(() => api.close());
beforeEach(() => {
  answer = () => json(201, { status: { userInfo: { username: 'jane', groups: ['team'] } } });
});

function json(status: number, body: unknown): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Writes a kubeconfig with this user, and gives the path. */
function kubeconfig(user: Fields, cluster: Fields = {}): string {
  const authority = Buffer.from(ca.certPem).toString('base64');
  const server = { server: api.origin, 'certificate-authority-data': authority };
  return suite.write(
    'kube/config',
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { ...server, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
}

const execDefaults = {
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
} as const;

const commands: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['whoami', ['whoami']],
  ['discover', ['discover']],
  ['kubeconfig --discover', ['kubeconfig', 'basic-auth', '--discover', '--username=u']],
  [
    'method service-account',
    ['get-token', '--method=service-account', '-n', 'ci', '--service-account=deploy'],
  ],
];

function ask(args: readonly string[], path: string, limit = timeout): Promise<Ended> {
  const env = { K8S_PASSWORD: 'p4ssword-of-u' };
  return suite.run([...args, `--kubeconfig=${path}`, limit], { env });
}

describe.each(commands)('%s', (_name, args) => {
  test('rejects a token with a line break, and does not repeat it', async () => {
    const path = kubeconfig({ tokenFile: 'token' });
    suite.write('kube/token', 'canary-one\ncanary-two\n');
    const secrets = ['canary-one', 'canary-two'];
    const names = ['token file', 'line break'];
    const before = api.requests.length;
    expectFailure(await ask(args, path), { exitCode: 2, names, hint: ['token'], secrets });
    expect(api.requests.length).toBe(before);
  });

  test.skipIf(process.platform === 'win32')(
    'ends within the timeout for a FIFO as token file',
    async () => {
      const path = kubeconfig({ tokenFile: 'token' });
      execFileSync('mkfifo', [join(suite.home, 'kube/token')]);
      const ended = await ask(args, path, shortTimeout);
      expectFailure(ended, { exitCode: 2, names: ['tokenFile'], hint: [] });
    },
  );

  test('rejects an auth-provider as kubectl does', async () => {
    const path = kubeconfig({ 'auth-provider': { name: 'none-such' } });
    expectFailure(await ask(args, path), { exitCode: 2, names: ['auth-provider', 'u'], hint: [] });
  });

  test.each([
    ['a bearer token', { token: 'c4nary-t0ken-0f-jane' }, 'c4nary-t0ken-0f-jane'],
    ['a password', { username: 'jane', password: 'c4nary-p4ss:w0rd+%' }, 'c4nary-p4ss:w0rd+%'],
  ] as const)('redacts %s that the server repeats', async (_what, user, secret) => {
    const basic = Buffer.from(`jane:${secret}`).toString('base64');
    answer = ({ headers }) => json(500, { message: `got ${headers.authorization} of ${secret}` });
    const secrets = [secret, basic, encodeURIComponent(secret)];
    expectFailure(await ask(args, kubeconfig(user)), { exitCode: 6, names: ['500'], secrets });
  });

  test('says what to do about an unknown CA in words of the kubeconfig', async () => {
    const other = await createCa();
    const authority = Buffer.from(other.certPem).toString('base64');
    const path = kubeconfig({ token: 't' }, { 'certificate-authority-data': authority });
    const hint = ['certificate-authority-data'];
    expectFailure(await ask(args, path), { exitCode: 5, names: ['not trusted'], hint });
  });

  test('says that the kubeconfig names a server that cannot be reached', async () => {
    const path = kubeconfig({ token: 't' }, { server: 'https://127.0.0.1:1' });
    const hint = [/in the server of context \w+/];
    expectFailure(await ask(args, path), { exitCode: 5, names: ['127.0.0.1:1'], hint });
  });

  test('ends within the timeout if the server is silent', async () => {
    behaviour.misbehave = () => ({ kind: 'hang' });
    onTestFinished(() => {
      behaviour.misbehave = undefined;
    });
    const ended = await ask(args, kubeconfig({ token: 't' }), shortTimeout);
    expectFailure(ended, { exitCode: 5, names: ['timeout of 2 s'], hint: ['--timeout'] });
  });
});

test.skipIf(process.platform === 'win32')(
  'a context whose plugin is dexchange itself under another name ends the second call',
  async () => {
    const [command = '', ...first] = program;
    const link = join(suite.home, 'my-plugin');
    symlinkSync(command, link);
    const path = join(suite.home, 'kube/config');
    const args = [...first, 'get-token', '--method=service-account', '--namespace=ci'];
    const exec = { ...execDefaults, command: link, args: [...args, '--service-account=deploy'] };
    kubeconfig({ exec: { ...exec, env: [{ name: 'KUBECONFIG', value: path }] } });
    for (const [, own] of commands.slice(-1)) {
      const ended = await ask(own, path);
      expectFailure(ended, {
        exitCode: 2,
        names: ['my-plugin', 'calls itself'],
        hint: ['context'],
      });
    }
  },
);

describe('a connection', () => {
  test('is kept for all requests of a command', async () => {
    const before = api.requests.length;
    const connections = api.connections();
    answer = ({ path }) =>
      path === '/version'
        ? json(200, { gitVersion: 'v1.30.1' })
        : json(201, { status: { userInfo: { username: 'jane', groups: [] } } });
    expect(await ask(['whoami'], kubeconfig({ token: 't' }))).toMatchObject({ code: 0 });
    expect(api.requests.length - before).toBe(2);
    expect(api.connections() - connections).toBe(1);
  });

  test('asks for tls-server-name, and verifies it', async () => {
    const before = api.requests.length;
    const named = kubeconfig({ token: 't' }, { 'tls-server-name': 'api.example.com' });
    expect(await ask(['whoami'], named)).toMatchObject({ code: 0, stderr: '' });
    expect(api.requests.at(before)?.serverName).toBe('api.example.com');
    const other = kubeconfig({ token: 't' }, { 'tls-server-name': 'other.example.com' });
    const names = ['other.example.com'];
    expectFailure(await ask(['whoami'], other), { exitCode: 5, names, hint: [] });
  });

  test('goes through proxy-url, whatever NO_PROXY says', async () => {
    const proxy = await startProxy();
    onTestFinished(proxy.close);
    const path = kubeconfig({ token: 't' }, { 'proxy-url': proxy.url });
    const env = { NO_PROXY: '*', HTTPS_PROXY: 'http://127.0.0.1:1' };
    const ended = await suite.run(['whoami', `--kubeconfig=${path}`, timeout], { env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(proxy.requests.map(({ method }) => method)).toContain('CONNECT');
  });

  test.each(['http://127.0.0.1:1', 'socks5://127.0.0.1:1'])(
    'through %s that fails names proxy-url, and not NO_PROXY',
    async (proxyUrl) => {
      const ended = await ask(['whoami'], kubeconfig({ token: 't' }, { 'proxy-url': proxyUrl }));
      expect(ended.code).toBeGreaterThan(0);
      expect(ended.stderr).toContain('proxy-url of the kubeconfig');
      expect(ended.stderr).not.toContain('NO_PROXY');
    },
  );

  test('carries a response of several megabytes', async () => {
    answer = ({ path }) =>
      path === '/version'
        ? json(200, { gitVersion: 'v1.30.1', padding: 'x'.repeat(3_000_000) })
        : json(201, { status: { userInfo: { username: 'jane', groups: [] } } });
    expect(await ask(['whoami'], kubeconfig({ token: 't' }))).toMatchObject({ code: 0 });
  });

  test('accepts an intermediate CA as trust anchor, as kubectl does', async () => {
    const intermediate = await ca.issueCa('intermediate');
    const tls = await intermediate.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
    const server = await startHttpServer({ tls }, {}, (request) => answer(request));
    onTestFinished(server.close);
    const authority = Buffer.from(intermediate.certPem).toString('base64');
    const cluster = { server: server.origin, 'certificate-authority-data': authority };
    const ended = await ask(['whoami'], kubeconfig({ token: 't' }, cluster));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('sends every impersonated group', async () => {
    const before = api.requests.length;
    const user = { token: 't', as: 'bob', 'as-groups': ['one', 'two'] };
    expect(await ask(['whoami'], kubeconfig(user))).toMatchObject({ code: 0 });
    const headers = api.requests.at(before)?.headers;
    expect(headers?.['impersonate-user']).toBe('bob');
    expect(headers?.['impersonate-group']).toBe('one, two');
  });
});

test('--verify takes no server for proof that knows everybody as anonymous', async () => {
  answer = ({ path }) =>
    path === '/version'
      ? json(200, { gitVersion: 'v1.30.1' })
      : json(201, { status: { userInfo: { username: 'system:anonymous', groups: [] } } });
  const authority = suite.write('ca.crt', ca.certPem);
  const args = ['kubeconfig', 'basic-auth', `--server=${api.origin}`, '--username=jane'];
  const ended = await suite.run(
    [...args, `--server-certificate-authority=${authority}`, '--verify', '--write-to=out'],
    { env: { K8S_PASSWORD: 'c4nary-p4ssword' } },
  );
  const secrets = ['c4nary-p4ssword'];
  expectFailure(ended, { exitCode: 6, names: ['jane', '401'], hint: [], secrets });
  expect(() => writeFileSync(join(suite.home, 'out'), '', { flag: 'wx' })).not.toThrow();
});
