import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { githubClaims } from '../support/github-claims.ts';
import { type Claims, gitlabClaims } from '../support/gitlab-claims.ts';
import { startAdministeredCluster } from './deckhouse/administrator.ts';
import type { DeckhouseCluster } from './deckhouse/cluster.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { keycloakGroups } from './harness/keycloak-realm.ts';

// What `dexchange manifests` prints is applied as it is; Dex gets its connectors from it.

const servers = connectServers(inject('servers'));
const program = join(resolve(import.meta.dirname, '../..'), 'dist/dexchange');

let cluster: DeckhouseCluster;
let folder: string;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  const started = await startAdministeredCluster(servers, 'manifests');
  ({ cluster, folder } = started);
  env = { ...started.env, DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret };
  for (const name of ['shop', 'other']) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await cluster.admin('/api/v1/namespaces', { body });
  }
});
afterAll(async () => {
  await cluster.stop();
  await servers.stop();
});

function dexchange(args: readonly string[], extra: Record<string, string> = {}): Promise<Ran> {
  return run(program, args, { env: { ...env, ...extra }, cwd: folder });
}

function kubectl(args: readonly string[], stdin?: string): Promise<Ran> {
  const more = stdin === undefined ? {} : { stdin };
  return run(servers.kubectls.built, args, { env, cwd: folder, ...more });
}

/**
 * Applies what a command prints. The stand-in's issuer takes the place of the public issuer, because
 * no test can sign tokens of gitlab.com.
 */
async function apply(args: readonly string[], publicIssuer?: string): Promise<void> {
  const printed = await dexchange(['manifests', 'token-exchange', ...args]);
  expect(printed, printed.stderr).toMatchObject({ code: 0 });
  expect(printed.stderr.replace(/^warning: .*\n/gm, '')).toBe('');
  const text = printed.stdout.replaceAll(publicIssuer ?? '\0', servers.gitlab.issuer);
  const ran = await kubectl(['apply', '--validate=strict', '-f', '-'], text);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  await cluster.reconcile();
}

/** Exchanges a job's token in the pipeline of a connector. */
function exchange(connector: string, subjectToken: string, more: readonly string[] = []) {
  return dexchange(
    [
      ...['get-token', `--dex-url=https://${cluster.dexHost}/`, `--client-id=${dexClients.ci.id}`],
      ...[`--connector-id=${connector}`, '--no-cache', '--subject-token-env=CI_TOKEN', '-o=token'],
      ...more,
    ],
    { CI_TOKEN: subjectToken },
  );
}

/** The user and groups of the token that Dex issues. */
async function identity(connector: string, token: string, more: readonly string[] = []) {
  const ran = await exchange(connector, token, more);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const { email, groups } = decodeJwt(ran.stdout.trim());
  return { token: ran.stdout.trim(), email, groups };
}

async function canI(token: string, words: string): Promise<string> {
  const file = join(folder, 'bare.config');
  const text = await readFile(cluster.kubernetes.adminKubeconfig, 'utf8');
  const { clusters } = parse(text);
  const name = clusters[0].name;
  await writeFile(
    file,
    JSON.stringify({
      ...{ clusters, users: [{ name: 'job', user: { token } }], 'current-context': 'job' },
      contexts: [{ name: 'job', context: { cluster: name, user: 'job' } }],
    }),
  );
  const args = ['--kubeconfig', file, 'auth', 'can-i', ...words.split(' ')];
  return (await kubectl(args)).stdout.trim();
}

const job = (claims: Claims) => servers.mint({ claims });

describe('gitlab with a group', () => {
  beforeAll(() =>
    apply(
      [
        ...['--provider=gitlab', '--idp-issuer-url=https://gitlab.com', '--group=my-group'],
        ...['--access-level=Editor', '--connector-id=gitlab', '--rule-name=gitlab-group'],
      ],
      'https://gitlab.com',
    ),
  );

  test('Dex makes one group of the namespace, and the rule grants it access', async () => {
    const { token, groups } = await identity('gitlab', await job({ namespace_path: 'my-group' }));
    expect(groups).toEqual(['my-group']);
    expect(await canI(token, 'list namespaces')).toBe('yes');
  });

  test.each([
    ['another group', { namespace_path: 'strangers', project_path: 'strangers/p' }],
    ['a subgroup', { namespace_path: 'my-group/sub' }],
    ['a group whose name begins alike', { namespace_path: 'my-group-2' }],
    ['a stranger who adds a claim groups', { namespace_path: 'strangers', groups: ['my-group'] }],
    ['no group at all', { namespace_path: undefined }],
  ])('Dex denies a project of %s', async (_who, claims) => {
    const ran = await exchange('gitlab', await job(claims));
    expect(ran).toMatchObject({ code: 4, stdout: '' });
  });

  test('Dex denies the token of a login, which has other claims', async () => {
    const login = { user_login: undefined, user_email: undefined, email: 'a@example.com' };
    expect(await exchange('gitlab', await job(login))).toMatchObject({ code: 4, stdout: '' });
  });
});

test('gitlab with --groups-claim: one project, or the groups of the user', async () => {
  const args = ['--provider=gitlab', `--idp-issuer-url=${servers.gitlab.issuer}`];
  await apply([...args, '--connector-id=project', '--groups-claim=project_path']);
  await apply([...args, '--connector-id=direct', '--groups-claim=groups_direct']);
  expect((await identity('project', await job({}))).groups).toEqual(['group/project']);
  expect((await identity('direct', await job({}))).groups).toEqual([
    'my-group/subgroup-a',
    'my-group/subgroup-b',
  ]);
});

test('github with an allowed group: the workflows of the owner, and no others', async () => {
  const issuer = 'https://token.actions.githubusercontent.com';
  await apply(
    [
      ...['--provider=github', `--idp-issuer-url=${issuer}`, '--allowed-group=octo-org'],
      ...['--user=repo:octo-org/octo-repo:ref:refs/heads/main', '--access-level=User'],
      '--rule-name=github-main',
    ],
    issuer,
  );
  // GitHub's claims take the place of GitLab's.
  const none = Object.fromEntries(Object.keys(gitlabClaims()).map((name) => [name, undefined]));
  const { iss: _iss, ...claims } = githubClaims();
  const workflow = (more: Claims) => {
    const { iat, nbf, exp } = gitlabClaims() as Record<string, number>;
    return job({ ...none, iat, nbf, exp, iss: servers.gitlab.issuer, ...claims, ...more });
  };
  const { token, email, groups } = await identity('github', await workflow({}));
  expect(email).toBe('repo:octo-org/octo-repo:ref:refs/heads/main');
  expect(groups).toEqual(['octo-org']);
  expect(await canI(token, 'list namespaces')).toBe('yes');
  const stranger = await workflow({ repository_owner: 'stranger', repository: 'stranger/fork' });
  expect(await exchange('github', stranger)).toMatchObject({ code: 4, stdout: '' });
});

test('keycloak with groups: those of the client, from userinfo', async () => {
  await apply([
    ...['--provider=keycloak', `--idp-issuer-url=${servers.keycloak.issuer}`],
    ...['--groups-claim=groups', `--group=${keycloakGroups[0]}`, '--access-level=User'],
    '--rule-name=keycloak-group',
  ]);
  const subjectToken = await servers.keycloakToken();
  const args = ['--subject-token-type=access_token'];
  const { token, groups } = await identity('keycloak', subjectToken, args);
  expect([...(groups as string[])].sort()).toEqual([...keycloakGroups].sort());
  expect(await canI(token, 'list namespaces')).toBe('yes');
});

test('a rule for one namespace grants nothing in another', async () => {
  await apply([
    ...['--provider=gitlab', `--idp-issuer-url=${servers.gitlab.issuer}`, '--group=shop-team'],
    ...['--connector-id=shop', '--access-level=Editor', '--namespaced', '-n', 'shop'],
  ]);
  const { token } = await identity('shop', await job({ namespace_path: 'shop-team' }));
  expect(await canI(token, 'list configmaps -n shop')).toBe('yes');
  expect(await canI(token, 'list configmaps -n other')).toBe('no');
});

test('--diff shows what apply changes, and nothing after it', async () => {
  const args = [
    ...['--provider=gitlab', `--idp-issuer-url=${servers.gitlab.issuer}`, '--group=diffed'],
    ...['--connector-id=diffed', '--rule-name=diffed', '--access-level=Admin'],
  ];
  const diff = async (more: readonly string[] = []) =>
    (await dexchange(['manifests', 'token-exchange', ...args, ...more, '--diff'])).stdout;
  expect(await diff()).toMatch(/^DexProvider diffed: new\nClusterAuthorizationRule diffed: new\n/m);
  await apply(args);
  expect(await diff()).toBe(
    'DexClient d8-user-authn/ci-token-exchange: unchanged\nDexProvider diffed: unchanged\nClusterAuthorizationRule diffed: unchanged\n',
  );
  const changed = await diff(['--allowed-group=only-these', '--display-name=New']);
  expect(changed).toContain('  spec.displayName: "GitLab" -> "New"\n');
  expect(changed).toContain('  spec.oidc.allowedGroups: (not set) -> ["diffed","only-these"]\n');
  // What the last apply has set and the manifests no longer have is removed.
  await apply([...args, '--allowed-group=only-these']);
  expect(await diff()).toContain('  spec.oidc.allowedGroups: ["diffed","only-these"] -> (not set)');
  await apply(args);
  const path = '/apis/deckhouse.io/v1/dexproviders/diffed';
  const { spec } = (await cluster.admin(path)).json() as { spec: { oidc: object } };
  expect(spec.oidc).not.toHaveProperty('allowedGroups');
});
