import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { mintingSystems } from '../support/ci-systems.ts';
import { githubClaims } from '../support/github-claims.ts';
import { type Claims, gitlabClaims } from '../support/gitlab-claims.ts';
import { startAdministeredCluster } from './deckhouse/administrator.ts';
import type { DeckhouseCluster } from './deckhouse/cluster.ts';
import { blocksOf } from './deckhouse/guide.ts';
import { installTools } from './deckhouse/tools.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';

// Runs the commands of the guide's section. Then the first machine is removed, and a second one gets
// only the folder.

const servers = connectServers(inject('servers'));
const guide = resolve(import.meta.dirname, '../../docs/guide.md');
const githubIssuer = 'https://token.actions.githubusercontent.com';

let cluster: DeckhouseCluster;
let checkout: string;
let job: (extra: Record<string, string>, words: string) => Promise<Ran>;
let files: Readonly<Record<string, string>>;
let administrator: string;

beforeAll(async () => {
  const started = await startAdministeredCluster(servers, 'administrator');
  cluster = started.cluster;
  administrator = started.folder;
  await installTools(administrator, servers.kubectls.built);
  const env = { ...started.env, HOME: administrator, PATH: pathWith(administrator) };
  const [print, apply, write] = await sectionBlocks();
  const inGuide = async (lines: string) => {
    const script = lines
      .replaceAll('https://gitlab.example.com', servers.gitlab.issuer)
      .replaceAll('https://keycloak.example.com/realms/ci', servers.keycloak.issuer)
      .replaceAll('--idp-client-id ci ', `--idp-client-id ${keycloakClients.basic.id} `);
    const ran = await run('bash', ['-eo', 'pipefail', '-c', script], { env, cwd: administrator });
    expect(ran, `${lines}\n${ran.stderr}`).toMatchObject({ code: 0 });
  };
  await inGuide(print ?? '');
  await trustTestIssuer(join(administrator, 'access/github.yaml'));
  await inGuide(apply ?? '');
  await cluster.reconcile();
  await inGuide(write ?? '');
  checkout = await moveFolder();
  files = await contents(join(checkout, 'access'));

  const home = await servers.folder('runner');
  await installTools(home, servers.kubectls.built);
  await writeFile(join(home, 'keycloak.secret'), keycloakClients.basic.secret);
  job = (extra, words) =>
    run(join(home, 'd8'), ['k', '--kubeconfig', 'access/ci.config', ...words.split(' ')], {
      cwd: checkout,
      env: {
        ...{ HOME: home, PATH: pathWith(home), KUBECACHEDIR: join(home, 'kube') },
        // Only the proxy resolves the hosts of the cluster; the stand-ins of the CI are local.
        ...{ HTTPS_PROXY: cluster.proxy.url, NO_PROXY: '127.0.0.1' },
        ...extra,
      },
    });
});
afterAll(async () => {
  await cluster.stop();
  await servers.stop();
});

const pathWith = (folder: string) => `${folder}:${process.env['PATH']}`;

async function sectionBlocks(): Promise<readonly string[]> {
  return blocksOf(await readFile(guide, 'utf8'))
    .filter(({ section }) => section === 'Keep it in a repository')
    .map(({ lines }) => lines);
}

/** No test can sign tokens of github.com. */
async function trustTestIssuer(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).toContain(githubIssuer);
  await writeFile(file, text.replaceAll(githubIssuer, servers.gitlab.issuer));
}

/** Moves the folder to where another machine has it, and removes what else the first one had. */
async function moveFolder(): Promise<string> {
  const target = join(await servers.folder('checkout'), 'deep');
  await mkdir(target);
  await rename(join(administrator, 'access'), join(target, 'access'));
  await rm(administrator, { recursive: true });
  return target;
}

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]),
    ),
  );
}

const clientSecret = { DEX_CLIENT_SECRET: dexClients.ci.secret };

/** A job of GitLab, with the token that GitLab would give it. */
async function gitlabJob(claims: Claims, words: string): Promise<Ran> {
  const token = await servers.mint({ claims });
  return await job({ ...clientSecret, GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: token }, words);
}

/** A workflow of GitHub, which asks for its token at the runner's address. */
async function githubJob(claims: Claims, words: string): Promise<Ran> {
  const none = Object.fromEntries(Object.keys(gitlabClaims()).map((name) => [name, undefined]));
  const system = await mintingSystems.github((aud) =>
    servers.mint({
      claims: { ...none, ...githubClaims({ aud, iss: servers.gitlab.issuer, ...claims }) },
    }),
  );
  try {
    return await job({ ...clientSecret, ...system.env, GITHUB_ACTIONS: 'true' }, words);
  } finally {
    await system.close();
  }
}

const listed = { code: 0, stdout: expect.stringContaining('namespace/kube-system\n') };

test('the folder has no secret and no path of the machine that wrote it', () => {
  expect(Object.keys(files).sort()).toEqual([
    '01-namespace.yaml',
    'ci.config',
    'github.yaml',
    'gitlab.yaml',
    'keycloak.yaml',
    'my-app.yaml',
  ]);
  for (const [name, text] of Object.entries(files)) {
    expect(text, name).not.toContain(administrator);
    expect(text, name).not.toContain(dexClients.ci.secret);
    expect(text, name).not.toContain(keycloakClients.basic.secret);
    expect(text, name).not.toMatch(/eyJ|PRIVATE KEY|REPLACE/);
  }
});

describe('on another machine', () => {
  const list = 'get ns -o name';

  test('a GitLab job of the group lists namespaces', async () => {
    const claims = { namespace_path: 'my-group', project_path: 'my-group/my-project' };
    const ran = await gitlabJob(claims, `--context gitlab ${list}`);
    expect(ran, ran.stderr).toMatchObject(listed);
  });

  test('a GitLab job of the subgroup works in its namespace only', async () => {
    const claims = { namespace_path: 'my-group/my-app', project_path: 'my-group/my-app/shop' };
    const own = await gitlabJob(claims, '--context gitlab -n my-app get configmaps -o name');
    expect(own, own.stderr).toMatchObject({ code: 0 });
    for (const words of ['get ns', '-n default get configmaps']) {
      const other = await gitlabJob(claims, `--context gitlab ${words}`);
      expect(other, words).toMatchObject({ code: 1, stdout: '' });
      expect(other.stderr).toContain('Forbidden');
    }
  });

  test('a workflow of the GitHub organization lists namespaces', async () => {
    const claims = { repository_owner: 'my-org', sub: 'repo:my-org/my-app:ref:refs/heads/main' };
    const ran = await githubJob(claims, `--context github ${list}`);
    expect(ran, ran.stderr).toMatchObject(listed);
  });

  test('a client of Keycloak lists namespaces', async () => {
    const home = await servers.folder('keycloak-job');
    const secretFile = join(home, 'secret');
    await writeFile(secretFile, keycloakClients.basic.secret);
    const secrets = { ...clientSecret, DEXCHANGE_IDP_CLIENT_SECRET_FILE: secretFile };
    const ran = await job(secrets, `--context keycloak ${list}`);
    expect(ran, ran.stderr).toMatchObject(listed);
  });

  test.each([
    ['another group', { namespace_path: 'strangers', project_path: 'strangers/my-app' }],
    ['a group of like name', { namespace_path: 'my-group2', project_path: 'my-group2/p' }],
    ['another subgroup', { namespace_path: 'my-group/other', project_path: 'my-group/other/p' }],
    ['a user of the same email', { namespace_path: 'deployer', groups: ['my-group'] }],
  ])('a GitLab job of %s is refused by Dex', async (_who, claims) => {
    const ran = await gitlabJob(claims, `--context gitlab ${list}`);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^dexchange: Dex .*\((?:dex_[a-z_]+)\)$/m);
    expect(ran.stderr).toContain('exit code 4');
  });

  test.each([
    ['another organization', { repository_owner: 'stranger', sub: 'repo:stranger/my-app:ref:x' }],
    ['a fork', { repository_owner: 'fork', sub: 'repo:my-org/my-app:ref:refs/heads/main' }],
  ])('a workflow of %s is refused by Dex', async (_who, claims) => {
    const ran = await githubJob(claims, `--context github ${list}`);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('exit code 4');
  });

  test('another branch of the organization is known, but not allowed', async () => {
    const claims = { repository_owner: 'my-org', sub: 'repo:my-org/my-app:ref:refs/heads/x' };
    const ran = await githubJob(claims, `--context github ${list}`);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('Forbidden');
  });
});
