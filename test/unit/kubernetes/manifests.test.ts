import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { yamlToJson } from '../../../src/kubernetes/kubeconfig/yaml.ts';
import { accessManifest } from '../../../src/kubernetes/manifests/access.ts';
import { dexClientManifest } from '../../../src/kubernetes/manifests/dex-client.ts';
import { dexProviderManifest } from '../../../src/kubernetes/manifests/dex-provider.ts';
import {
  manifestsAsJson,
  manifestsAsYaml,
} from '../../../src/kubernetes/manifests/manifest-text.ts';
import { issuerInTokens } from '../../../src/kubernetes/manifests/public-issuer.ts';
import { serviceAccountManifests } from '../../../src/kubernetes/manifests/service-account.ts';
import {
  claimName,
  namespaceName,
  objectName,
  roleName,
  subjectName,
} from '../../../src/kubernetes/names.ts';
import { Secret } from '../../../src/secret.ts';
import { clusterExample } from '../../support/examples.ts';
import { failure } from '../support/failure.ts';

/** Reads YAML 1.1, as kubectl does. */
function read(yaml: string): unknown[] {
  return parseAllDocuments(yaml, { version: '1.1' }).map((document) => document.toJS());
}

describe('the resources match the DKP guide Access for CI/CD', () => {
  test('for a ServiceAccount', () => {
    const manifests = serviceAccountManifests({
      namespace: 'ci-deploy',
      name: 'gitlab-runner-deploy',
      tokenSecret: true,
      access: {
        name: 'gitlab-runner-access',
        grant: { accessLevel: 'Admin', portForwarding: true },
        namespaced: false,
      },
    });
    expect(read(manifestsAsYaml(manifests))).toEqual([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci-deploy' } },
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'gitlab-runner-deploy', namespace: 'ci-deploy' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'gitlab-runner-deploy-token',
          namespace: 'ci-deploy',
          annotations: { 'kubernetes.io/service-account.name': 'gitlab-runner-deploy' },
        },
        type: 'kubernetes.io/service-account-token',
      },
      {
        apiVersion: 'deckhouse.io/v1',
        kind: 'ClusterAuthorizationRule',
        metadata: { name: 'gitlab-runner-access' },
        spec: {
          subjects: [
            { kind: 'ServiceAccount', name: 'gitlab-runner-deploy', namespace: 'ci-deploy' },
          ],
          accessLevel: 'Admin',
          portForwarding: true,
        },
      },
    ]);
  });

  test('for the experimental role model', () => {
    const manifest = accessManifest({
      name: 'gitlab-runner-access',
      subjects: [
        { kind: 'ServiceAccount', name: 'gitlab-runner-deploy', namespace: 'ci-deploy' },
        { kind: 'User', name: 'deployer@example.com' },
      ],
      grant: { clusterRole: 'd8:manage:all:manager' },
      namespace: undefined,
    });
    expect(read(manifestsAsYaml([manifest]))).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'gitlab-runner-access' },
        subjects: [
          { kind: 'ServiceAccount', name: 'gitlab-runner-deploy', namespace: 'ci-deploy' },
          {
            kind: 'User',
            name: 'deployer@example.com',
            apiGroup: 'rbac.authorization.k8s.io',
          },
        ],
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'd8:manage:all:manager',
        },
      },
    ]);
  });

  test('for token exchange, with a DexClient whose annotation is a text', () => {
    expect(
      read(manifestsAsYaml([dexClientManifest('ci-token-exchange', 'd8-user-authn')])),
    ).toEqual([
      {
        apiVersion: 'deckhouse.io/v1',
        kind: 'DexClient',
        metadata: {
          name: 'ci-token-exchange',
          namespace: 'd8-user-authn',
          annotations: { 'dexclient.deckhouse.io/allow-access-to-kubernetes': 'true' },
        },
        spec: {},
      },
    ]);
  });
});

test('access to one namespace is an AuthorizationRule or a RoleBinding there', () => {
  const spec = {
    name: 'ci-access',
    subjects: [{ kind: 'Group', name: 'my-group' }],
    namespace: 'shop',
  } as const;
  const grants = [{ accessLevel: 'Editor', portForwarding: true }, { clusterRole: 'edit' }];
  expect(
    grants.flatMap((grant) => read(manifestsAsYaml([accessManifest({ ...spec, grant })]))),
  ).toEqual([
    {
      apiVersion: 'deckhouse.io/v1alpha1',
      kind: 'AuthorizationRule',
      metadata: { name: 'ci-access', namespace: 'shop' },
      spec: { subjects: spec.subjects, accessLevel: 'Editor', portForwarding: true },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'ci-access', namespace: 'shop' },
      subjects: [{ kind: 'Group', name: 'my-group', apiGroup: 'rbac.authorization.k8s.io' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    },
  ]);
});

describe('a DexProvider', () => {
  const spec = {
    name: 'ci',
    displayName: 'CI',
    issuerUrl: 'https://idp.example.com',
    client: { id: 'dex', secret: new Secret('0123') },
    basicAuth: false,
    groups: undefined,
  };
  type Spec = Parameters<typeof dexProviderManifest>[0];
  const textOf = (given: Partial<Spec>) =>
    manifestsAsYaml([dexProviderManifest({ ...spec, kind: 'oidc', ...given })]);
  const oidcOf = (given: Partial<Spec>) => {
    const [object] = read(textOf(given)) as [{ spec: { type: string; oidc: object } }];
    expect(object.spec.type).toBe('OIDC');
    return object.spec.oidc;
  };

  test('has the settings that token exchange requires for each IdP', () => {
    expect(oidcOf({ kind: 'gitlab' })).toEqual({
      issuer: 'https://idp.example.com',
      clientID: 'dex',
      clientSecret: '0123',
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      claimMappingOverride: true,
      insecureSkipEmailVerified: true,
    });
    expect(oidcOf({ kind: 'github' })).toMatchObject({
      userNameKey: 'sub',
      claimMapping: { email: 'sub' },
      insecureSkipEmailVerified: true,
    });
    expect(oidcOf({ kind: 'keycloak' })).toMatchObject({
      userNameKey: 'preferred_username',
      getUserInfo: true,
    });
    expect(oidcOf({ kind: 'keycloak' })).not.toHaveProperty('enableBasicAuth');
    expect(oidcOf({ kind: 'oidc' })).toEqual({
      issuer: 'https://idp.example.com',
      clientID: 'dex',
      clientSecret: '0123',
    });
  });

  test('maps the claim of the groups', () => {
    const groups = { claim: 'namespace_path', allowed: ['my-group'] };
    expect(oidcOf({ kind: 'gitlab', groups })).toMatchObject({
      claimMapping: { email: 'user_email', groups: 'namespace_path' },
      claimMappingOverride: true,
      allowedGroups: ['my-group'],
    });
    const standard = oidcOf({ kind: 'keycloak', groups: { claim: 'groups', allowed: [] } });
    expect(standard).toMatchObject({ claimMapping: { groups: 'groups' } });
    expect(standard).not.toHaveProperty('claimMappingOverride');
    expect(standard).not.toHaveProperty('allowedGroups');
  });

  test('has a comment about the feature flag that groups_direct needs', () => {
    const text = textOf({ kind: 'gitlab', groups: { claim: 'groups_direct', allowed: [] } });
    const joined = text.replaceAll(/\n\s*# /g, ' ');
    expect(joined).toContain('`gitlab-rails runner "Feature.enable(:ci_jwt_groups_direct)"`');
    expect(joined).toMatch(/The direct groups .*off by default.*\n\s+groups: groups_direct/);
  });

  test('can check passwords', () => {
    expect(oidcOf({ kind: 'keycloak', basicAuth: true })).toMatchObject({ enableBasicAuth: true });
    expect(oidcOf({ kind: 'oidc', basicAuth: true })).toMatchObject({ enableBasicAuth: true });
  });

  test('has random values for a client that nobody uses, and says so', () => {
    const values = Array.from({ length: 2 }, () => oidcOf({ client: undefined })).flatMap(
      (oidc) => {
        const { clientID, clientSecret } = oidc as Record<string, string>;
        return [clientID, clientSecret];
      },
    );
    expect(new Set(values).size).toBe(4);
    for (const value of values) expect(value).toMatch(/^unused-[0-9a-f]{32}$/);
    const text = textOf({ client: undefined });
    expect(text).toMatch(/# .*token exchange does not use them[^:]*# [^:]*\n\s+clientID: unused-/);
    expect(text).toMatch(
      /# Random and unused, like clientID: not a secret\.\n\s+clientSecret: unus/,
    );
    expect(text.replaceAll(/\n\s*# /g, ' ')).toMatch(
      /login page.* Logging in with it fails: .*\n\s+displayName/,
    );
  });

  test('has a warning at a real client secret', () => {
    expect(textOf({})).toMatch(
      /# WARNING: this is a secret in clear text: .*\n.*\n\s+clientSecret: "0123"/,
    );
    expect(textOf({ client: undefined })).not.toContain('WARNING');
  });

  test.each([
    ['buildkite', 'azure-pipelines', 'circleci', 'bitbucket', 'terraform', 'google', 'github'],
    ['semaphore', 'spacelift', 'codefresh', 'env0', 'aws'],
  ])('has the claims of the examples for known issuers', (...folders) => {
    for (const folder of folders) {
      const { oidc } = clusterExample(folder);
      const { clientID: _id, clientSecret: _secret, claimMapping, ...expected } = oidc;
      const made = oidcOf({ issuerUrl: oidc.issuer }) as typeof oidc;
      expect(made.claimMapping?.email, folder).toBe(claimMapping?.email);
      const { allowedGroups: _allowed, claimMappingOverride: _override, ...claims } = expected;
      expect(made, folder).toMatchObject(claims);
    }
  });
});

test.each([
  ['https://LOGIN.app.env0.com', 'https://login.app.env0.com/'],
  ['https://login.app.env0.com/', 'https://login.app.env0.com/'],
  ['https://acme.SemaphoreCI.com/', 'https://acme.semaphoreci.com'],
  ['https://acme.app.us.spacelift.io/', 'https://acme.app.us.spacelift.io'],
  ['https://Unknown.example.com/', 'https://Unknown.example.com/'],
])('the issuer %s is %s in tokens', (url, issuer) => {
  expect(issuerInTokens(url)).toBe(issuer);
});

test('every name is a text in YAML 1.1 and JSON', () => {
  const names = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('on', 'no', '~', '012', '1e3', '1_0', '12:30:00', '2020-01-01', '- a', 'a: b'),
    fc.constantFrom('#x', '"', "'", '*a', '&a', '!x', '{', 'repo:my-org/my-app:ref:refs/heads/a'),
  );
  fc.assert(
    fc.property(names, (name) => {
      const manifest = accessManifest({
        name: 'x',
        subjects: [{ kind: 'User', name }],
        grant: { accessLevel: 'User', portForwarding: false },
        namespace: undefined,
      });
      const [fromYaml] = read(manifestsAsYaml([manifest]));
      const fromJson = JSON.parse(manifestsAsJson([manifest])).items[0];
      expect(fromYaml).toEqual(manifest.manifest);
      expect(fromJson).toEqual(manifest.manifest);
    }),
  );
});

describe('names', () => {
  test.each<readonly [check: () => unknown, start: string]>([
    [() => namespaceName('ci.deploy', '--namespace'), '--namespace ci.deploy '],
    [() => namespaceName('x'.repeat(64), '-n'), '-n x'],
    [() => objectName('Deployer', '--service-account'), '--service-account Deployer '],
    [() => objectName('-a', '--x'), '--x -a '],
    [() => objectName('a\nb', '--x'), '--x a b '],
    [() => roleName('a/b', '--clusterrole'), '--clusterrole a/b '],
    [() => roleName('..', '--clusterrole'), '--clusterrole .. '],
    [() => subjectName('system:masters', '--group'), '--group system:masters '],
    [() => subjectName('a\u202eb', '--user'), '--user a b '],
    [() => subjectName(' ', '--user'), '--user '],
    ...['on', 'Null', '012', '~', '', 'a: b', 'a:', 'a #b', 'a\nb', '{a}', '-', '&a', 'группа'].map(
      (name) => [() => claimName(name, '--groups-claim'), '--groups-claim '] as const,
    ),
  ])('that Kubernetes would reject are rejected', (check, start) => {
    const { message, hint, ...error } = failure(check);
    expect(error).toEqual({ code: 'setting_invalid', exitCode: 2 });
    expect(message.startsWith(start)).toBe(true);
    expect(hint).toBeTruthy();
  });

  test('that Kubernetes accepts are accepted', () => {
    expect(namespaceName('ci-deploy', '-n')).toBe('ci-deploy');
    expect(objectName('a.b-c.d', '--x')).toBe('a.b-c.d');
    expect(roleName('d8:manage:all:manager', '--clusterrole')).toBe('d8:manage:all:manager');
    for (const claim of ['namespace_path', 'oidc.circleci.com/context-ids', 'https://x.org/g']) {
      expect(claimName(claim, '--groups-claim')).toBe(claim);
      // As Deckhouse's template writes it.
      expect(parse(`groups: ${claim}`, { version: '1.1' })).toEqual({ groups: claim });
    }
    expect(subjectName('Иван <i@x>', '--user')).toBe('Иван <i@x>');
  });
});

describe('texts of manifests', () => {
  const manifestOf = (text: string) => ({
    manifest: { apiVersion: 'v1', kind: 'X', metadata: { name: text, labels: { [text]: text } } },
    notes: [],
  });

  test.each([
    ...[
      '2026',
      'yes',
      'y',
      'off',
      '~',
      '1e3',
      '0x1f',
      '0X1F',
      '0o7',
      '0O7',
      '012',
      '12:30',
      '1_000',
    ],
    ...[
      '2001-12-14',
      '.inf',
      '=',
      '<<',
      ' a',
      'a: b',
      'a #b',
      '!a',
      '&a',
      '*a',
      '%a',
      '@a',
      '`a',
      'a\nb',
    ],
  ])('%j is read back by every reader', (text) => {
    const yaml = manifestsAsYaml([manifestOf(text)]);
    const expected = manifestOf(text).manifest;
    expect(yamlToJson(yaml, (reason) => expect.fail(reason))).toEqual(expected);
    expect(parse(yaml, { version: '1.1' })).toEqual(expected);
    expect(parse(yaml)).toEqual(expected);
  });

  test.each(['a\u0085b', 'a\u2028', '\ufeffa', 'a\ud800', 'a\0b', '\u001b[0m'])(
    '%j is refused',
    (text) => {
      expect(failure(() => manifestsAsYaml([manifestOf(text)]))).toMatchObject({
        code: 'setting_invalid',
        message: expect.stringContaining('manifest of X contains the character U+'),
      });
    },
  );
});
