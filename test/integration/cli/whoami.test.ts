import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createCa } from '../../support/certificates.ts';
import { dexchange, freshFolder } from '../../support/dexchange.ts';
import { type RecordedRequest, startHttpServer } from '../../support/http-server.ts';

let home: string;
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
});

const password = 'p4ss:word+%';

/** As Deckhouse's basic-auth-proxy: 401 without a Basic header, 403 for a wrong password. */
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
  const path = join(home, 'config');
  const authority = Buffer.from(ca.certPem).toString('base64');
  const cluster = { server: api.origin, 'certificate-authority-data': authority };
  writeFileSync(
    path,
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return dexchange(['whoami'], { env: { HOME: home, KUBECONFIG: path } });
}

test('a user name and password are verified as the page does', async () => {
  const ended = await whoAmI({ username: 'jane', password });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(/^user +jane$/m);
  expect(ended.stdout).toMatch(/^credential +password of jane$/m);
  expect(ended.stdout).toMatch(/ \(v1\.30\.1\)$/m);
});

test('403 to a password is told with both readings', async () => {
  const ended = await whoAmI({ username: 'jane', password: 'wr0ng-password' });
  expect(ended).toMatchObject({ code: 6, stdout: '' });
  expect(ended.stderr).toMatch(/answers 403 to the password of jane/);
  expect(ended.stderr).toMatch(/password .*basic-auth-proxy.* wrong.* RBAC/);
  expect(ended.stderr).not.toContain('wr0ng');
});

test('401 to no password is told with what has to be enabled', async () => {
  const ended = await whoAmI({ token: 'a-t0ken' });
  expect(ended).toMatchObject({ code: 6, stdout: '' });
  expect(ended.stderr).toMatch(/does not accept the token of context x \(401\)/);
  expect(ended.stderr).not.toContain('a-t0ken');
});

test.each([
  ['no kubeconfig', {}, /there is no kubeconfig/],
  ['a context that is not there', { args: ['--context=y'] }, /has no context y/],
])('%s is an error of exit code 2', async (_what, { args = [] }: { args?: string[] }, message) => {
  const path = join(home, 'config');
  if (args.length > 0) writeFileSync(path, 'contexts: []\n');
  const env = { HOME: home, ...(args.length > 0 ? { KUBECONFIG: path } : {}) };
  const ended = await dexchange(['whoami', ...args], { env });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toMatch(message);
});
