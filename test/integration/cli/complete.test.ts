import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dexSuite } from '../../support/cli-suite.ts';
import { adminKubeconfig } from '../../support/kubernetes.ts';
import { kubernetesSuite } from '../../support/kubernetes-suite.ts';

const suite = dexSuite();

const named = (...names: string[]) => ({
  items: names.map((name) => ({ metadata: { name }, spec: { oidc: { clientSecret: 's3cret' } } })),
});

const kubernetes = kubernetesSuite(suite, () => ({
  '/api/v1/namespaces': named('ci-deploy', 'kube-system', 'evil\u001b[2J'),
  '/apis/deckhouse.io/v1/dexproviders': named('gitlab', 'github'),
  '/api/v1/namespaces/ci-deploy/serviceaccounts': named('deployer'),
}));

/** The candidates without descriptions, and the directive. */
async function complete(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ended = await suite.run(['__complete', ...args], { env: { KUBECONFIG: 'admin', ...env } });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).not.toMatch(/s3cret|admin-token/);
  return ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]);
}

test.each([
  [
    ['discover', '-n', ''],
    ['ci-deploy', 'kube-system', ':4'],
  ],
  [
    ['discover', '--namespace=ci'],
    ['ci-deploy', ':4'],
  ],
  [
    ['kubeconfig', 'token-exchange', '--connector-id', 'gi'],
    ['gitlab', 'github', ':4'],
  ],
  [
    ['discover', '-n', 'ci-deploy', '--service-account', ''],
    ['deployer', ':4'],
  ],
])('%j is completed from the cluster', async (args, expected) => {
  // More than usual, for a busy machine.
  expect(await complete(['--timeout=30s', ...args])).toEqual(expected);
});

test('the kubeconfig and the context of the command line are used', async () => {
  suite.write('other', '{contexts: [{name: one, context: {}}, {name: two, context: {}}]}');
  const args = ['whoami', '--kubeconfig=other', '--context', ''];
  expect(await complete(args)).toEqual(['one', 'two', ':4']);
});

test('keys of the cache are completed with connector and Dex', async () => {
  expect(await complete(['cache', 'clear', ''])).toEqual([':4']);
  const env = { CI_TOKEN: await suite.idp.mintGitlab() };
  const args = ['--connector-id=gitlab', '--subject-token-env=CI_TOKEN'];
  expect((await suite.getToken(args, { env })).stderr).toBe('');
  const ended = await suite.run(['__complete', 'cache', 'clear', '']);
  expect(ended.stdout).toMatch(/^[0-9a-f]{12}\tgitlab at http:\/\/.*\n:4\n$/);
});

test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
  ['a kubeconfig that is not there', ['discover', '-n', ''], { KUBECONFIG: '/nowhere' }],
  ['an invalid variable', ['discover', '-n', ''], { DEXCHANGE_TIMEOUT: 'soon' }],
  ['a missing context', ['discover', '--context=none', '-n', ''], {}],
  ['an unknown command', ['nonsense', ''], {}],
  ['an unknown flag', ['discover', '--nonsense', '-v', '-n', ''], { KUBECONFIG: '/nowhere' }],
  ['no word', [], { KUBECONFIG: '/nowhere' }],
])('%s is silent', async (_what, args, env) => {
  expect((await complete(args, env)).at(-1)).toBe(':4');
});

test('a silent API server ends completion soon', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  suite.write(
    'admin',
    adminKubeconfig({ url: `https://127.0.0.1:${port}`, caPem: kubernetes.caPem }),
  );
  const start = performance.now();
  expect(await complete(['discover', '-n', ''])).toEqual([':4']);
  // The usual timeout of a call is 30 s.
  expect(performance.now() - start).toBeLessThan(20_000);
});

test('a request that is denied is silent', async () => {
  kubernetes.behaviour.forbidden.add('GET /api/v1/namespaces');
  expect(await complete(['discover', '-n', ''])).toEqual([':4']);
});

test('a plugin is not run unless it is dexchange', async () => {
  const ran = join(suite.home, 'ran');
  const config = JSON.parse(adminKubeconfig(kubernetes));
  const exec = (command: string) => ({
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'IfAvailable',
    command,
    args: ['get-token'],
  });
  for (const [name, expected] of [
    ['oidc-login', [':4']],
    ['dexchange-x', ['ci-deploy', 'kube-system', ':4']],
  ] as const) {
    const credential = { status: { token: 'admin-token' }, kind: 'ExecCredential' };
    const answer = JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', ...credential });
    const command = join(suite.home, name);
    writeFileSync(command, `#!/bin/sh\necho x >> '${ran}'\necho '${answer}'\n`, { mode: 0o755 });
    config.users[0].user = { exec: exec(command) };
    suite.write('admin', JSON.stringify(config));
    expect(await complete(['discover', '--timeout=30s', '-n', ''])).toEqual(expected);
    expect(existsSync(ran)).toBe(name !== 'oidc-login');
  }
});
