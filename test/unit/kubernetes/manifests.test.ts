import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { accessManifest } from '../../../src/kubernetes/manifests/access.ts';
import { dexClientManifest } from '../../../src/kubernetes/manifests/dex-client.ts';
import { dexProviderManifest } from '../../../src/kubernetes/manifests/dex-provider.ts';
import {
  manifestsAsJson,
  manifestsAsYaml,
} from '../../../src/kubernetes/manifests/manifest-text.ts';
import { serviceAccountManifests } from '../../../src/kubernetes/manifests/service-account.ts';
import { namespaceName, objectName, roleName, subjectName } from '../../../src/kubernetes/names.ts';
import { Secret } from '../../../src/secret.ts';
import { failure } from '../support/failure.ts';

/** As kubectl reads it: YAML 1.1. */
function read(yaml: string): unknown[] {
  return parseAllDocuments(yaml, { version: '1.1' }).map((document) => document.toJS());
}

describe('the resources of the administrator’s page', () => {
  test('for a ServiceAccount', () => {
    const manifests = serviceAccountManifests({
      namespace: 'ci-deploy',
      name: 'gitlab-runner-deploy',
      tokenSecret: true,
      access: {
        name: 'gitlab-runner-access',
        grant: { accessLevel: 'Admin', portForwarding: true },
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
    const manifest = accessManifest(
      'gitlab-runner-access',
      [
        { kind: 'ServiceAccount', name: 'gitlab-runner-deploy', namespace: 'ci-deploy' },
        { kind: 'User', name: 'deployer@example.com' },
      ],
      { clusterRole: 'd8:manage:all:manager' },
    );
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

  test('for token exchange: a DexClient with the annotation, whose value is a text', () => {
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

describe('a DexProvider', () => {
  const wish = {
    name: 'ci',
    displayName: 'CI',
    issuerUrl: 'https://idp.example.com',
    clientId: 'dex',
    clientSecret: new Secret('0123'),
    basicAuth: false,
  };
  const oidcOf = (given: Partial<Parameters<typeof dexProviderManifest>[0]>) => {
    const manifest = dexProviderManifest({ ...wish, kind: 'oidc', ...given });
    const [object] = read(manifestsAsYaml([manifest])) as [
      { spec: { type: string; oidc: object } },
    ];
    expect(object.spec.type).toBe('OIDC');
    return object.spec.oidc;
  };

  test('is set up as exchange needs it with each IdP', () => {
    expect(oidcOf({ kind: 'gitlab' })).toEqual({
      issuer: 'https://idp.example.com',
      clientID: 'dex',
      clientSecret: '0123',
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
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
  });

  test('may check passwords', () => {
    expect(oidcOf({ kind: 'keycloak', basicAuth: true })).toMatchObject({ enableBasicAuth: true });
    expect(oidcOf({ kind: 'oidc', basicAuth: true })).toMatchObject({ enableBasicAuth: true });
  });

  test('marks what is to be filled in', () => {
    const text = manifestsAsYaml([
      dexProviderManifest({ ...wish, kind: 'oidc', clientSecret: undefined }),
    ]);
    expect(text).toMatch(
      /# Replace this by the secret of client dex.*\n\s+clientSecret: REPLACE-ME/,
    );
  });
});

test('every name survives YAML 1.1 and JSON', () => {
  const names = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('on', 'no', '~', '012', '1e3', '1_0', '12:30:00', '2020-01-01', '- a', 'a: b'),
    fc.constantFrom('#x', '"', "'", '*a', '&a', '!x', '{', 'repo:my-org/my-app:ref:refs/heads/a'),
  );
  fc.assert(
    fc.property(names, (name) => {
      const manifest = accessManifest('x', [{ kind: 'User', name }], {
        accessLevel: 'User',
        portForwarding: false,
      });
      const [fromYaml] = read(manifestsAsYaml([manifest]));
      const fromJson = JSON.parse(manifestsAsJson([manifest])).items[0];
      expect(fromYaml).toEqual(manifest.manifest);
      expect(fromJson).toEqual(manifest.manifest);
    }),
  );
});

describe('names', () => {
  test.each([
    [
      () => namespaceName('ci.deploy', '--namespace'),
      '--namespace ci.deploy cannot be a namespace',
    ],
    [() => namespaceName('x'.repeat(64), '-n'), 'cannot be a namespace'],
    [() => objectName('Deployer', '--service-account'), 'Deployer cannot be a name in Kubernetes'],
    [() => objectName('-a', '--x'), '-a cannot be a name'],
    [() => objectName('a\nb', '--x'), 'a b cannot be a name'],
    [() => roleName('a/b', '--clusterrole'), 'a/b cannot be a name of a role'],
    [() => roleName('..', '--clusterrole'), 'cannot be a name of a role'],
    [() => subjectName('system:masters', '--group'), '--group system:masters cannot be a user'],
    [() => subjectName('a\u202eb', '--user'), 'cannot be a user or group'],
    [() => subjectName(' ', '--user'), 'cannot be a user or group'],
  ])('that Kubernetes would refuse are refused', (name, message) => {
    const { code, message: got, hint, exitCode } = failure(name);
    expect({ code, exitCode }).toEqual({ code: 'setting_invalid', exitCode: 2 });
    expect(got).toContain(message);
    expect(hint).toBeDefined();
  });

  test('that it takes are taken', () => {
    expect(namespaceName('ci-deploy', '-n')).toBe('ci-deploy');
    expect(objectName('a.b-c.d', '--x')).toBe('a.b-c.d');
    expect(roleName('d8:manage:all:manager', '--clusterrole')).toBe('d8:manage:all:manager');
    expect(subjectName('Иван <i@x>', '--user')).toBe('Иван <i@x>');
  });
});
