import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInProcess } from '../../support/in-process.ts';
import { emptyFolder } from '../support/folder.ts';

const args = ['get-token', '--dex-url=https://dex.example.com/', '--client-id=a', '--identity=env'];
const connector = '--connector-id=gitlab';
const base =
  'set DEXCHANGE_CLIENT_SECRET in the job to the secret of the DexClient, or --client-secret-file FILE or --client-secret-command COMMAND';
const client = { KUBERNETES_EXEC_INFO: '{"spec":{}}' };
const forks =
  'GitHub gives an empty value for a secret that does not exist, and for every secret in a pull request from a fork';

async function stderrOf(
  given: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return (await runInProcess(given, { env })).stderr;
}

test.each([
  ['by hand', {}, []],
  ['in kubectl', client, []],
  [
    'in a job of GitLab',
    { ...client, GITLAB_CI: 'true' },
    ['GitLab withholds a protected variable from jobs of unprotected branches'],
  ],
  [
    'in a job of GitHub with an unknown secret',
    { ...client, GITHUB_ACTIONS: 'true', DEXCHANGE_CLIENT_SECRET: '' },
    ['DEXCHANGE_CLIENT_SECRET is set, but it is empty', forks],
  ],
  [
    'with a misspelt variable',
    { DEXCHANGE_CLIENT_SECERT: 'x' },
    ['DEXCHANGE_CLIENT_SECERT is set, but is not a setting'],
  ],
])('a missing client secret %s', async (_where, env, mistakes) => {
  expect(await stderrOf([...args, connector], env)).toBe(
    `dexchange: not set: the client secret (setting_missing)\nhint: ${[base, ...mistakes].join('; ')}\n`,
  );
});

test('another missing setting is explained without what concerns secrets and extensions', async () => {
  const env = { ...client, GITLAB_CI: 'true', DEXCHANGE_CLIENT_SECRET: 's3cret-s3cret' };
  const stderr = await stderrOf(args, { ...env, DEXCHANGE_CONNECTOR_ID: '' });
  expect(stderr).toContain('not set: --connector-id (setting_missing)');
  expect(stderr).toContain('; DEXCHANGE_CONNECTOR_ID is set, but it is empty');
  expect(stderr).not.toMatch(/protected|provideClusterInfo/);
});

const extension = 'set provideClusterInfo: true in the exec entry';

test.each([
  ['no setting of a cluster arrives', ['get-token'], client, true],
  ['a flag shows that they are not in the extension', args, client, false],
  [
    'the client passes on a cluster without extension',
    ['get-token'],
    { KUBERNETES_EXEC_INFO: '{"spec":{"cluster":{"server":"https://api.example.com"}}}' },
    false,
  ],
  ['a method without Dex', ['get-token', '--method=service-account'], client, false],
])(
  'provideClusterInfo is advised only if it can help: %s',
  async (_what, given, env, isAdvised) => {
    const stderr = await stderrOf(given, env);
    expect(stderr).toContain('(setting_missing)');
    expect(stderr.includes(extension)).toBe(isAdvised);
  },
);

test.each([
  ['has an extension', true],
  ['has no extension', false],
])('for a kubeconfig whose cluster %s, that decides', async (_what, hasExtension) => {
  const path = join(emptyFolder(), 'config');
  const extensions = [
    { name: 'client.authentication.k8s.io/exec', extension: { connectorId: 'gitlab' } },
  ];
  const cluster = { server: 'https://api.example.com', ...(hasExtension ? { extensions } : {}) };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'dexchange',
    args,
    interactiveMode: 'Never',
  };
  const config = {
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'a', user: { exec } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  };
  writeFileSync(path, JSON.stringify(config));
  const stderr = await stderrOf(['get-token', `--kubeconfig=${path}`], {});
  expect(stderr).toContain('not set: --connector-id');
  expect(stderr.includes(extension)).toBe(hasExtension);
});
