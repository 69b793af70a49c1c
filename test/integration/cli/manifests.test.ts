import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { dexchange } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { deckhouseObjects } from '../../support/kubernetes.ts';
import { kubernetesSuite } from '../../support/kubernetes-suite.ts';

import {
  documentsIn,
  gitlab,
  gitlabCom,
  keycloak,
  withoutRandom,
} from '../../support/printed-manifests.ts';

const suite = homeSuite();

test.each([
  [
    ['token-exchange', ...gitlab, '--user=a@example.com', '--access-level=Admin'],
    ['DexClient', 'DexProvider', 'ClusterAuthorizationRule'],
  ],
  [['token-exchange'], ['DexClient']],
  [
    ['token-exchange', '--group=g', '--access-level=Admin', '--namespaced', '-n', 'shop'],
    ['DexClient', 'AuthorizationRule'],
  ],
  [
    ['token-exchange', '--group=g', '--clusterrole=edit', '--namespaced', '-n', 'shop'],
    ['DexClient', 'RoleBinding'],
  ],
  [
    ['service-account', '-n', 'ci-deploy', '--service-account=deploy', '--token-secret'],
    ['Namespace', 'ServiceAccount', 'Secret'],
  ],
  [
    ['service-account', '-n', 'ci', '--service-account=deploy', '--clusterrole=d8:manage:all:user'],
    ['Namespace', 'ServiceAccount', 'ClusterRoleBinding'],
  ],
  [
    ['service-account', '-n=ci', '--service-account=x', '--access-level=User', '--namespaced'],
    ['Namespace', 'ServiceAccount', 'AuthorizationRule'],
  ],
  [
    [
      ...['basic-auth', '--provider=oidc', '--idp-issuer-url=https://idp/', '--idp-client-id=dex'],
      ...['--idp-client-secret=s3cr-et-of-the-idp', '--user=a', '--access-level=User'],
      ...['--namespaced', '-n', 'shop'],
    ],
    ['DexProvider', 'AuthorizationRule'],
  ],
])('manifests %j prints %j, as YAML and as a List', async (args, kinds) => {
  const yaml = await dexchange(['manifests', ...args]);
  expect(yaml.code).toBe(0);
  expect(yaml.stdout).not.toContain('REPLACE-ME');
  const documents = documentsIn(withoutRandom(yaml.stdout));
  expect(documents.map(({ kind }) => kind)).toEqual(kinds);
  const json = await dexchange(['manifests', ...args, '-o', 'json']);
  expect(json.code).toBe(0);
  expect(JSON.parse(withoutRandom(json.stdout))).toEqual({
    apiVersion: 'v1',
    kind: 'List',
    items: documents,
  });
  // JSON has no comments and a pipe hides them, so what must not be overlooked is on stderr.
  expect(yaml.stderr).toBe(json.stderr);
  expect(json.stderr.match(/^warning: .+$/gm) ?? []).toHaveLength(
    yaml.stdout.match(/# WARNING: /g)?.length ?? 0,
  );
  const overwritten = json.stderr.match(
    /(?<=^warning: )\w+(?= \S+: apply overwrites an existing one .* --diff first\.$)/gm,
  );
  expect(overwritten ?? []).toEqual(kinds.filter((kind) => /Provider|Rule|Binding/.test(kind)));
});

test('a client secret from a file is printed in the DexProvider only, with a warning', async () => {
  const file = suite.write('secret', 'idp-s3cret\n');
  const args = [
    ...['manifests', 'token-exchange', ...keycloak, '--idp-client-id=dex', '-v'],
    `--idp-client-secret-file=${file}`,
  ];
  const ended = await dexchange(args);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(
    /# WARNING: this is a secret in clear text: .*\n.*\n +clientSecret: idp-s3cr/,
  );
  expect(ended.stderr).not.toContain('idp-s3cret');
  const json = await dexchange([...args, '-o', 'json']);
  expect(json.stderr).toContain(
    'warning: DexProvider keycloak spec.oidc.clientSecret: this is a secret in',
  );
  expect(json.stderr).not.toContain('idp-s3cret');
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
  [
    'setting_missing',
    ['token-exchange', '--provider=gitlab'],
    ['--idp-issuer-url', '--provider gitlab'],
  ],
  ['setting_missing', ['basic-auth'], ['--provider']],
  ['setting_invalid', ['basic-auth', '--provider=github'], ['--provider', 'github']],
  ['setting_missing', ['token-exchange', ...gitlabCom], ['gitlab.com', 'strangers']],
])('%s: manifests %j', async (code, args, names) => {
  const call = ['manifests', ...args];
  expectFailure(await dexchange(call), { exitCode: 2, names });
  expectFailure(await dexchange([...call, '-v']), { exitCode: 2, code });
});

describe('manifests --diff', () => {
  const providers = '/apis/deckhouse.io/v1/dexproviders';
  const rules = '/apis/deckhouse.io/v1/clusterauthorizationrules';
  const kubernetes = kubernetesSuite(suite, ({ caPem }) =>
    deckhouseObjects({ api: 'a.test', dex: 'd.test', caPem }),
  );
  const args = ['token-exchange', ...gitlab, '--group=my-group', '--access-level=Admin'];
  const diff = (more: readonly string[] = []) =>
    suite.run(['manifests', ...args, '--diff', '--kubeconfig=admin', '--context=admin', ...more]);

  test('shows new, unchanged and changed objects, and no secret', async () => {
    const lastApplied = {
      spec: { oidc: { rootCAData: 'x', allowedGroups: ['a'] }, ldap: { bindPW: 'b1nd-s3cret' } },
    };
    kubernetes.behaviour.objects[`${providers}/gitlab`] = {
      metadata: {
        name: 'gitlab',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(lastApplied),
        },
      },
      spec: {
        type: 'LDAP',
        displayName: 'Old\u202ename',
        oidc: {
          issuer: 'https://old.example.com',
          clientID: 'people',
          clientSecret: 'people-s3cret',
          allowedGroups: ['a'],
          scopes: ['openid'],
          insecureSkipEmailVerified: true,
        },
        ldap: { bindPW: 'b1nd-s3cret' },
      },
    };
    const ended = await diff();
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toBe(
      `DexClient d8-user-authn/ci-token-exchange: unchanged
DexProvider gitlab: changed
  spec.type: "LDAP" -> "OIDC"
  spec.displayName: "Old name" -> "GitLab"
  spec.oidc.issuer: "https://old.example.com" -> "https://gitlab.example.com"
  spec.oidc.clientID: "people" -> (random, unused)
  spec.oidc.clientSecret: (not shown) -> (random, unused)
  spec.oidc.userNameKey: (not set) -> "user_login"
  spec.oidc.claimMapping.email: (not set) -> "user_email"
  spec.oidc.claimMapping.groups: (not set) -> "namespace_path"
  spec.oidc.claimMappingOverride: (not set) -> true
  spec.oidc.allowedGroups: ["a"] -> (not set)
  spec.ldap.bindPW: (not shown) -> (not set)
ClusterAuthorizationRule ci-access: new
`,
    );
    const { objects } = JSON.parse((await diff(['-o', 'json'])).stdout);
    expect(objects.map(({ kind, state }: Record<string, string>) => [kind, state])).toEqual([
      ['DexClient', 'unchanged'],
      ['DexProvider', 'changed'],
      ['ClusterAuthorizationRule', 'new'],
    ]);
    expect(objects[1].changes).toContainEqual({
      field: 'spec.oidc.clientSecret',
      from: '(not shown)',
      to: '(random, unused)',
    });
    expect(JSON.stringify(objects)).not.toContain('s3cret');
    expect(kubernetes.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('has nothing to show for what it has printed itself, random values included', async () => {
    const printed = JSON.parse((await suite.run(['manifests', ...args, '-o', 'json'])).stdout);
    const [, provider, rule] = printed.items;
    Object.assign(kubernetes.behaviour.objects, {
      [`${providers}/gitlab`]: provider,
      [`${rules}/ci-access`]: rule,
    });
    expect((await diff()).stdout).toBe(
      'DexClient d8-user-authn/ci-token-exchange: unchanged\nDexProvider gitlab: unchanged\nClusterAuthorizationRule ci-access: unchanged\n',
    );
    rule.spec.subjects = [{ kind: 'Group', name: 'other' }];
    expect((await diff()).stdout).toContain(
      'spec.subjects: [{"kind":"Group","name":"other"}] -> [{"kind":"Group","name":"my-group"}]',
    );
  });

  test('says what the API server would reject', async () => {
    Object.assign(kubernetes.behaviour.objects, {
      [`${providers}/gitlab`]: { spec: { type: 'Gitlab', gitlab: { clientSecret: 's3cret' } } },
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/ci-access': {
        subjects: [],
        roleRef: { kind: 'ClusterRole', name: 'view' },
      },
    });
    const { stdout } = await suite.run([
      ...['manifests', 'token-exchange', ...gitlab, '--user=a', '--clusterrole=edit'],
      ...['--diff', '--kubeconfig=admin'],
    ]);
    expect(stdout).toMatch(/the API server rejects this: spec\.gitlab would stay .*--connector-id/);
    expect(stdout).toMatch(/the API server rejects this: roleRef cannot be changed: .*--rule-name/);
    expect(stdout).not.toContain('s3cret');
  });

  test('exits with 6 if an object may not be read, with the command that allows it', async () => {
    kubernetes.behaviour.forbidden.add(`GET ${providers}/gitlab`);
    const { hint } = expectFailure(await diff(), { exitCode: 6, names: ['dexprovider gitlab'] });
    expect(hint).toContain('--resource=dexproviders.deckhouse.io --resource-name=gitlab');
    expectFailure(await diff(['-v']), { exitCode: 6, code: 'api_forbidden' });
  });

  test('exits with 6 for a cluster without Deckhouse', async () => {
    kubernetes.behaviour.objects = {};
    expectFailure(await diff(), {
      exitCode: 6,
      names: ['has no Deckhouse'],
      hint: ['--kubeconfig', '--context'],
    });
  });
});
