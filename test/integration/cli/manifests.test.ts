import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { dexchange, freshFolder } from '../../support/dexchange.ts';

test.each([
  [
    ['token-exchange', '--provider=gitlab', '--user=a@example.com', '--access-level=Admin'],
    ['DexClient', 'DexProvider', 'ClusterAuthorizationRule'],
  ],
  [['token-exchange'], ['DexClient']],
  [
    ['service-account', '-n', 'ci-deploy', '--service-account=deploy', '--token-secret'],
    ['Namespace', 'ServiceAccount', 'Secret'],
  ],
  [
    ['service-account', '-n', 'ci', '--service-account=deploy', '--clusterrole=d8:manage:all:user'],
    ['Namespace', 'ServiceAccount', 'ClusterRoleBinding'],
  ],
  [
    ['basic-auth', '--provider=oidc', '--idp-issuer-url=https://idp/', '--idp-client-id=dex'],
    ['DexProvider'],
  ],
])('manifests %j prints %j, as YAML and as a List', async (args, kinds) => {
  const yaml = await dexchange(['manifests', ...args]);
  expect(yaml).toMatchObject({ code: 0, stderr: '' });
  const documents = parseAllDocuments(yaml.stdout).map((document) => document.toJS());
  expect(documents.map(({ kind }) => kind)).toEqual(kinds);
  const json = await dexchange(['manifests', ...args, '-o', 'json']);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toEqual({ apiVersion: 'v1', kind: 'List', items: documents });
});

test('a client secret comes from a file, and nowhere else than into the DexProvider', async () => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  const file = join(folder.path, 'secret');
  writeFileSync(file, 'idp-s3cret\n');
  const ended = await dexchange([
    ...['manifests', 'token-exchange', '--provider=keycloak', '--idp-client-id=dex', '-v'],
    ...['--idp-issuer-url=https://idp/', `--idp-client-secret-file=${file}`],
  ]);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('clientSecret: idp-s3cret\n');
  expect(ended.stderr).not.toContain('idp-s3cret');
});

test.each([
  [[], 'manifests needs a METHOD: token-exchange, service-account, basic-auth'],
  [
    ['basic-aut'],
    'invalid METHOD for manifests: not one of token-exchange, service-account, basic-auth',
  ],
  [['service-account'], 'not set: --namespace'],
  [['service-account', '-n', 'ci'], 'not set: --service-account'],
  [
    ['service-account', '-n', 'CI', '--service-account=x'],
    '--namespace CI cannot be the name of a namespace',
  ],
  [['token-exchange', '--token-secret'], 'manifests token-exchange has no flag --token-secret'],
  [['token-exchange', '--user=a'], '--user and --group need the access to grant'],
  [['token-exchange', '--access-level=User'], '--access-level needs a subject'],
  [['token-exchange', '--user=a', '--access-level=Root'], '--access-level is Root, not one of'],
  [
    ['token-exchange', '--user=a', '--access-level=User', '--clusterrole=x'],
    '--access-level and --clusterrole cannot be used together',
  ],
  [
    ['token-exchange', '--user=a', '--clusterrole=x', '--port-forwarding'],
    '--port-forwarding needs',
  ],
  [['token-exchange', '--group=system:masters', '--access-level=User'], '--group system:masters'],
  [['token-exchange', '--provider=oidc'], 'not set: --idp-issuer-url'],
  [['basic-auth'], 'not set: --provider'],
  [['basic-auth', '--provider=github'], '--provider github cannot check passwords'],
])('manifests %j is refused', async (args, message) => {
  const ended = await dexchange(['manifests', ...args]);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  const [line = '', hint = ''] = ended.stderr.split('\n');
  expect(line).toContain(`dexchange: ${message}`);
  expect(ended.stderr.split('\n').length).toBeLessThanOrEqual(3);
  if (hint !== '') expect(hint).toMatch(/^hint: /);
});
