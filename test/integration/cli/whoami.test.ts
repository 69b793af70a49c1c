import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createCa } from '../../support/certificates.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { unsignedJwt } from '../../support/hostile-world.ts';
import { type RecordedRequest, startHttpServer } from '../../support/http-server.ts';

const suite = homeSuite();
const password = 'p4ss:word+%';

/** Answers like Deckhouse's basic-auth-proxy: 401 without a Basic header, 403 to a wrong password. */
function basicAuthProxy({ basic, path }: RecordedRequest) {
  const json = (status: number, body: unknown) => ({
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (basic === undefined) return json(401, { message: 'Unauthorized' });
  if (basic.password !== password) return json(403, { message: 'Forbidden' });
  if (path === '/version') return json(200, { gitVersion: 'v1.30.1' });
  return json(201, { status: { userInfo: { username: basic.user, groups: ['developers'] } } });
}

function whoAmI(user: Readonly<Record<string, unknown>>, ...flags: readonly string[]) {
  return whoAmIAt(basicAuthProxy, user, ...flags);
}

async function whoAmIAt(
  answer: Parameters<typeof startHttpServer>[2],
  user: Readonly<Record<string, unknown>>,
  ...flags: readonly string[]
) {
  const ca = await createCa();
  const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
  const api = await startHttpServer({ tls }, {}, answer);
  onTestFinished(api.close);
  const authority = Buffer.from(ca.certPem).toString('base64');
  const cluster = { server: api.origin, 'certificate-authority-data': authority };
  const path = suite.write(
    'config',
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return suite.run(['whoami', ...flags], { env: { KUBECONFIG: path } });
}

test('verifies a user name and password', async () => {
  const ended = await whoAmI({ username: 'jane', password });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(/^user +jane$/m);
  expect(ended.stdout).toMatch(/^credential +password of jane$/m);
  expect(ended.stdout).toMatch(/ \(v1\.30\.1\)$/m);
});

test('prints YAML', async () => {
  const ended = await whoAmI({ username: 'jane', password }, '-o', 'yaml');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(parse(ended.stdout)).toMatchObject({
    username: 'jane',
    credential: { kind: 'password', endsAt: null },
    context: 'x',
  });
});

test('names both possible causes of a 403 to a password', async () => {
  const ended = await whoAmI({ username: 'jane', password: 'wr0ng-password' });
  expectFailure(ended, {
    exitCode: 6,
    names: ['answers 403 to the password of jane'],
    hint: [/password .*basic-auth-proxy.* wrong.* RBAC/],
    secrets: ['wr0ng'],
  });
});

describe('another server than the published API', () => {
  const status = (code: number, message: string) => ({
    status: code,
    body: JSON.stringify({ kind: 'Status', message }),
  });
  const page = (code: number, title: string) => ({
    status: code,
    body: `<html><head><title>${title}</title></head></html>`,
  });
  const anonymous = {
    status: 201,
    body: JSON.stringify({ status: { userInfo: { username: 'system:anonymous' } } }),
  };
  const version = { status: 200, body: JSON.stringify({ gitVersion: 'v1.30.1' }) };
  const ignored = /^hint: set server of cluster c .* published API .* ignores passwords/;

  test.each<[string, Record<string, string>, { status: number; body: string }[], RegExp]>([
    ['the API server, to a password', { password: 'p' }, [version, anonymous], ignored],
    [
      'the API server, which denies anonymous users, to a password',
      { password: 'p' },
      [status(403, 'forbidden: User "system:anonymous" cannot get path "/version"')],
      ignored,
    ],
    [
      'the API server without anonymous users, to a password',
      { password: 'p' },
      [status(401, 'Unauthorized')],
      ignored,
    ],
    [
      'the API server, to a token',
      { token: 't' },
      [version, anonymous],
      /^hint: check whether an ingress or proxy drops/,
    ],
    [
      'an old API server',
      { token: 't' },
      [version, status(404, 'the server could not find the requested resource')],
      /^hint: upgrade the cluster: its API server is older than 1\.28/,
    ],
    [
      'Dex',
      { token: 't' },
      [{ status: 404, body: '404 page not found' }],
      /^hint: correct server of cluster c in the kubeconfig: this is not a Kubernetes API/,
    ],
    [
      'a web server',
      { token: 't' },
      [page(404, '404 Not Found')],
      /^hint: correct server of cluster c /,
    ],
    ['a login page', { token: 't' }, [page(200, 'Sign in')], /^hint: correct server of cluster c /],
    [
      'an ingress with an allow-list',
      { token: 't' },
      [page(403, '403 Forbidden')],
      /^hint: allow this machine in the ingress/,
    ],
  ])('%s is named in the hint', async (_what, credential, [first, second = first], hint) => {
    const user = 'password' in credential ? { username: 'jane', ...credential } : credential;
    const answer = ({ path }: RecordedRequest) => (path === '/version' ? first : second);
    const ended = await whoAmIAt((request) => answer(request) ?? version, user);
    expectFailure(ended, { exitCode: 6, hint: [hint] });
  });
});

test('reports a 401 to a token', async () => {
  const ended = await whoAmI({ token: 'a-t0ken' });
  expectFailure(ended, {
    exitCode: 6,
    names: ['does not accept the token of context x (401)'],
    secrets: ['a-t0ken'],
  });
});

test('names a command that shows a token that the API server does not accept', async () => {
  const token = unsignedJwt({ exp: Math.floor(Date.UTC(2100, 0, 1) / 1000) });
  const { hint } = expectFailure(await whoAmI({ token }), { exitCode: 6, secrets: [token] });
  expect(hint).toContain(
    "kubectl config view --raw --minify --context x -o jsonpath='{.users[0].user.token}' | dexchange decode`",
  );
  suite.write('token file', token);
  const ofFile = expectFailure(await whoAmI({ tokenFile: 'token file' }), {
    exitCode: 6,
    secrets: [token],
  });
  const [, path = ''] = /: `dexchange decode '(\/[^']+)'`$/.exec(ofFile.hint) ?? [];
  expect((await suite.run(['decode', path])).stdout).toContain('2100');
});

test('names the time before which a token is not valid', async () => {
  const ahead = Math.floor(Date.UTC(2100, 0, 1) / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'RS256' })}.${part({ nbf: ahead, exp: ahead + 600 })}.c2ln`;
  expectFailure(await whoAmI({ token }), {
    exitCode: 6,
    names: ['does not accept the token of context x (401)'],
    hint: ['not valid before 2100-01-01T00:00:00Z'],
    secrets: [token],
  });
});

test.each([
  ['a missing kubeconfig', undefined, 'there is no kubeconfig'],
  ['a missing context', 'contexts: []\n', 'has no context y'],
])('%s is an error', async (_what, kubeconfig, message) => {
  if (kubeconfig !== undefined) suite.write('.kube/config', kubeconfig);
  const ended = await suite.run(['whoami', ...(kubeconfig === undefined ? [] : ['--context=y'])]);
  expectFailure(ended, { exitCode: 2, names: [message] });
});

describe('a plugin that fails', () => {
  const printing = (stderr: string, exitCode: number) =>
    whoAmI({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Never',
        command: 'sh',
        args: ['-c', `printf '%b' "$0" >&2; exit ${exitCode}`, stderr],
      },
    });

  test('and is dexchange ends whoami with its message, hint and exit code', async () => {
    const { message, hint } = expectFailure(
      await printing(
        'debug: request\\ndexchange: Dex denied client ci (dex_client_refused)\\nhint: compare the secret\\n',
        4,
      ),
      { exitCode: 4, code: 'dex_client_refused' },
    );
    expect(message).toBe('Dex denied client ci');
    expect(hint).toMatch(/^compare the secret; /);
  });

  test('and is another program is named with its exit code and what it printed', async () => {
    expectFailure(await printing('not logged in\\n', 4), {
      exitCode: 2,
      code: 'kubeconfig_invalid',
      names: ['plugin sh of user u ended with exit code 4: not logged in'],
    });
  });
});
