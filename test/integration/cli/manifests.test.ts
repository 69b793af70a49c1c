import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ErrorCode } from '../../../src/errors.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { dexchange } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';

const suite = homeSuite();

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

test('a client secret from a file is printed in the DexProvider only', async () => {
  const file = suite.write('secret', 'idp-s3cret\n');
  const ended = await dexchange([
    ...['manifests', 'token-exchange', '--provider=keycloak', '--idp-client-id=dex', '-v'],
    ...['--idp-issuer-url=https://idp/', `--idp-client-secret-file=${file}`],
  ]);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('clientSecret: idp-s3cret\n');
  expect(ended.stderr).not.toContain('idp-s3cret');
});

const methods = ['token-exchange', 'service-account', 'basic-auth'];

test.each<[ErrorCode, string[], string[]]>([
  ['usage_argument', [], ['manifests', ...methods]],
  ['usage_argument', ['basic-aut'], ['manifests', ...methods]],
  ['setting_missing', ['service-account'], ['--namespace']],
  ['setting_missing', ['service-account', '-n', 'ci'], ['--service-account']],
  ['setting_invalid', ['service-account', '-n', 'CI', '--service-account=x'], ['--namespace CI']],
  [
    'usage_unknown_flag',
    ['token-exchange', '--token-secret'],
    ['token-exchange', '--token-secret'],
  ],
  ['setting_missing', ['token-exchange', '--user=a'], ['access']],
  ['setting_missing', ['token-exchange', '--access-level=User'], ['access']],
  [
    'setting_invalid',
    ['token-exchange', '--user=a', '--access-level=Root'],
    ['--access-level', 'Root'],
  ],
  [
    'setting_conflict',
    ['token-exchange', '--user=a', '--access-level=User', '--clusterrole=x'],
    ['--access-level', '--clusterrole'],
  ],
  [
    'setting_conflict',
    ['token-exchange', '--user=a', '--clusterrole=x', '--port-forwarding'],
    ['--port-forwarding'],
  ],
  [
    'setting_invalid',
    ['token-exchange', '--group=system:masters', '--access-level=User'],
    ['--group', 'system:masters'],
  ],
  ['setting_missing', ['token-exchange', '--provider=oidc'], ['--idp-issuer-url']],
  ['setting_missing', ['basic-auth'], ['--provider']],
  ['setting_invalid', ['basic-auth', '--provider=github'], ['--provider', 'github']],
])('%s: manifests %j', async (code, args, names) => {
  const call = ['manifests', ...args];
  expectFailure(await dexchange(call), { exitCode: 2, names });
  expectFailure(await dexchange([...call, '-v']), { exitCode: 2, code });
});
