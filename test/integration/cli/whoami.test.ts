import { describe, expect, onTestFinished, test } from 'vitest';
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

async function whoAmI(user: Readonly<Record<string, unknown>>) {
  const ca = await createCa();
  const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
  const api = await startHttpServer({ tls }, {}, basicAuthProxy);
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
  return suite.run(['whoami'], { env: { KUBECONFIG: path } });
}

test('verifies a user name and password', async () => {
  const ended = await whoAmI({ username: 'jane', password });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(/^user +jane$/m);
  expect(ended.stdout).toMatch(/^credential +password of jane$/m);
  expect(ended.stdout).toMatch(/ \(v1\.30\.1\)$/m);
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
