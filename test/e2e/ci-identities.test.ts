import { resolve } from 'node:path';
import { importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { ciClaims } from '../support/ci-claims.ts';
import { type OtherToken, type Outcome, otherTokens } from '../support/ci-other-tokens.ts';
import { mintingSystems } from '../support/ci-systems.ts';
import {
  type ClusterExample,
  clusterExample,
  exampleScope,
  type Subject,
} from '../support/examples.ts';
import type { Claims } from '../support/gitlab-claims.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { connectorConfig } from './deckhouse/dex-connector.ts';
import { connectServers } from './harness/client.ts';
import { mockToken } from './harness/cluster.ts';
import { type Dex, dexClients } from './harness/dex.ts';
import type { GitlabIssuer } from './harness/gitlab.ts';
import { http } from './harness/http.ts';
import { asAdmin, type Kubernetes } from './harness/kubernetes.ts';

const servers = connectServers(inject('servers'));
const command = resolve(import.meta.dirname, '../../dist/dexchange');
const folders = Object.keys(ciClaims);
/** What to write into the example of GitLab to admit one project, as its comments say. */
const oneProject = { claim: 'project_path', name: 'my-group/my-project' };

let issuer: GitlabIssuer;
let dex: Dex;
let kubernetes: Kubernetes;

beforeAll(async () => {
  issuer = await servers.startGitlabIssuer();
  dex = await servers.startDex({
    connectors: [
      ...folders.map((folder) => connector(folder)),
      connector('gitlab', 'one-project', projectExample().oidc),
    ],
  });
  kubernetes = await servers.startKubernetes([
    { issuer: dex.issuer, caPem: dex.caPem, token: () => mockToken(dex) },
  ]);
  await Promise.all(folders.map((folder) => grant(folder)));
  await grant('one-project', projectExample().subjects);
});
afterAll(() => servers.stop());

/** The connector that DKP creates from the DexProvider of an example, with the test's issuer. */
function connector(
  folder: string,
  id = connectorOf(folder),
  oidc = clusterExample(folder).oidc,
): Readonly<Record<string, unknown>> {
  const own = { upstreamCaFile: servers.tls.caFile, dexIssuer: 'https://dex.example.com/' };
  const config = connectorConfig({ ...oidc, issuer: issuer.issuer }, own);
  return { type: 'oidc', id, name: folder, config };
}

/** Every Dex of the harness may have a connector `gitlab` of its own. */
function connectorOf(folder: string): string {
  const { connectorId } = clusterExample(folder);
  return connectorId === 'gitlab' ? 'example-gitlab' : connectorId;
}

function projectExample(): ClusterExample {
  const example = clusterExample('gitlab');
  const claimMapping = { ...example.oidc.claimMapping, groups: oneProject.claim };
  const allowedGroups = [oneProject.name];
  const subjects = [{ kind: 'Group', name: oneProject.name }];
  return { ...example, subjects, oidc: { ...example.oidc, claimMapping, allowedGroups } };
}

/** Grants the subjects of an example the permission to list namespaces. */
async function grant(
  folder: string,
  subjects: readonly Subject[] = subjectsOf(folder),
): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const answer = await asAdmin(kubernetes, `/apis/${group}/v1/clusterrolebindings`, {
    body: {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `example-${folder}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'e2e-namespace-reader' },
      subjects: subjects.map((subject) => ({ apiGroup: group, ...subject })),
    },
  });
  expect(answer.status).toBe(201);
}

/** Tekton's user is the issuer, which is the test's issuer here. */
function subjectsOf(folder: string) {
  return clusterExample(folder).subjects.map((subject) => ({
    ...subject,
    name: subject.name === clusterExample(folder).oidc.issuer ? issuer.issuer : subject.name,
  }));
}

/** Signs the token of the job that an example is for, or another one that differs in some claims. */
async function jobToken(folder: string, others: Claims = {}): Promise<string> {
  const own = { ...ciClaims[folder]?.(), iss: issuer.issuer };
  // JSON drops the claims that are undefined.
  return mint(JSON.parse(JSON.stringify({ ...own, ...others })));
}

async function mint(claims: Claims): Promise<string> {
  const { privateJwk } = issuer;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: privateJwk.kid ?? '' })
    .sign(await importJWK(privateJwk, 'RS256'));
}

/** kubectl in a CI job, with a kubeconfig that contains the cluster, but nothing about the job. */
async function job(folder: string, env: Readonly<Record<string, string>>) {
  const home = await servers.folder('home of a runner');
  const kubeconfig = await writeKubeconfig(home, {
    server: kubernetes.url,
    caFile: kubernetes.caFile,
    command,
    args: [
      'get-token',
      `--dex-url=${dex.issuer}`,
      `--dex-certificate-authority=${servers.tls.caFile}`,
      `--client-id=${dexClients.ci.id}`,
      `--connector-id=${connectorOf(folder)}`,
    ],
  });
  return (args: readonly string[]) =>
    servers.kubectl(args, {
      kubeconfig,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        KUBECACHEDIR: `${home}/kube-cache`,
        DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
        ...env,
      },
    });
}

async function expectNamespaces(kubectl: Awaited<ReturnType<typeof job>>, folder: string) {
  expect(await kubectl(['get', 'ns', '-o', 'name'])).toEqual({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('namespace/kube-system\n'),
  });
  const { stdout } = await kubectl(['auth', 'whoami', '-o', 'json']);
  const { username, groups } = JSON.parse(stdout).status.userInfo as {
    username: string;
    groups: string[];
  };
  for (const { kind, name } of subjectsOf(folder)) {
    if (kind === 'User') expect(username).toBe(name);
    else expect(groups).toContain(name);
  }
}

describe('with a kubeconfig that configures only the cluster, kubectl', () => {
  test('lists namespaces in a GitLab job', async () => {
    const token = await jobToken('gitlab');
    const kubectl = await job('gitlab', { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: token });
    await expectNamespaces(kubectl, 'gitlab');
  });

  test.each([
    ['github', mintingSystems.github],
    ['forgejo', mintingSystems.github],
    ['codefresh', mintingSystems.codefresh],
    ['vela', mintingSystems.vela],
  ])('lists namespaces in a job of %s', async (folder, start) => {
    const audiences: (string | undefined)[] = [];
    const system = await start((audience) => {
      audiences.push(audience);
      return jobToken(folder, { aud: audience });
    });
    onTestFinished(system.close);
    const kubectl = await job(folder, system.env);
    await expectNamespaces(kubectl, folder);
    // One token for two calls of kubectl: the second call was a hit.
    expect(audiences).toEqual([dex.issuer]);
  });

  test('lists namespaces in a pod that requests no groups, as the example says', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', SUBJECT_TOKEN: await jobToken('tekton') };
    const scope = exampleScope('tekton') ?? '';
    await expectNamespaces(await job('tekton', { ...env, DEXCHANGE_SCOPE: scope }), 'tekton');
    // With groups, the API server rejects the group that begins with system:.
    const withGroups = await job('tekton', env);
    expect((await withGroups(['get', 'ns'])).stderr).toMatch(/You must be logged in to the server/);
  });

  test('shows the lines to add in a GitLab job without id_tokens', async () => {
    const kubectl = await job('gitlab', { GITLAB_CI: 'true' });
    const { code, stderr } = await kubectl(['get', '--raw', '/version']);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`id_tokens: { GITLAB_OIDC_TOKEN: { aud: "${dex.issuer}" } }`);
  });
});

/** Exchanges a token as the pipeline of the example would, and looks what the result can do. */
async function outcomeOf(
  subjectToken: string,
  folder: string,
  connectorId: string,
): Promise<{ readonly outcome: Outcome; readonly token: string }> {
  const scope = exampleScope(folder);
  const answer = await servers.exchange(
    {
      subjectToken,
      connectorId,
      ...(scope === undefined ? {} : { scope: `${scope} audience:server:client_id:kubernetes` }),
    },
    dex,
  );
  if (answer.status !== 200) {
    expect([answer.status, answer.json()]).toEqual([401, { error: 'access_denied' }]);
    return { outcome: 'denied by Dex', token: '' };
  }
  const { access_token: token } = answer.json() as { access_token: string };
  const { status } = await http(`${kubernetes.url}/api/v1/namespaces`, {
    headers: { authorization: `Bearer ${token}` },
    caPem: kubernetes.caPem,
  });
  expect([200, 403]).toContain(status);
  return { outcome: status === 200 ? 'the same rights' : 'no rights', token };
}

test.each(folders)('the claims of %s become the user and groups of its rule', async (folder) => {
  const { outcome, token } = await outcomeOf(await jobToken(folder), folder, connectorOf(folder));
  expect(outcome).toBe('the same rights');
  const user = await servers.whoAmI(token, kubernetes);
  for (const { kind, name } of subjectsOf(folder)) {
    if (kind === 'User') expect(user.username).toBe(name);
    else expect(user.groups).toContain(name);
  }
});

describe('any other token', () => {
  const rows = Object.entries(otherTokens).flatMap(([folder, others]) =>
    others.map((other) => [folder, other.whose, other.outcome, other] as const),
  );

  test.each(rows)('with the example of %s: %s: %s', async (folder, _whose, outcome, { claims }) => {
    const token = await jobToken(folder, claims);
    expect((await outcomeOf(token, folder, connectorOf(folder))).outcome).toBe(outcome);
  });

  test('of another project, a fork or a branch is tried with each example', () => {
    const has = (folder: string, kind: OtherToken['kind']) =>
      otherTokens[folder]?.some((other) => other.kind === kind) === true;
    expect(Object.keys(otherTokens).sort()).toEqual([...folders].sort());
    for (const folder of folders) {
      expect(has(folder, 'project'), folder).toBe(true);
      const names = clusterExample(folder).subjects.map(({ name }) => name);
      if (names.some((name) => name.includes('refs/heads/'))) {
        expect(has(folder, 'branch'), folder).toBe(true);
      }
      // Where the token names the repository, a fork could have one that looks alike.
      if (/"(?:repository|project_path|repositoryUuid)"/.test(JSON.stringify(ciClaims[folder]?.())))
        expect(has(folder, 'fork'), folder).toBe(true);
    }
  });

  test.each<[string, Claims, Outcome]>([
    ['the project', {}, 'the same rights'],
    [
      'another project of the group',
      { project_path: 'my-group/other', project_id: '21' },
      'denied by Dex',
    ],
    [
      'a fork',
      { project_path: 'stranger/my-project', namespace_path: 'stranger' },
      'denied by Dex',
    ],
  ])('with the example of GitLab for one project: %s', async (_whose, claims, outcome) => {
    const token = await jobToken('gitlab', claims);
    expect((await outcomeOf(token, 'gitlab', 'one-project')).outcome).toBe(outcome);
  });
});

test('an expired job token is reported', async () => {
  const now = Math.floor(Date.now() / 1000);
  const expired = { iat: now - 400, nbf: now - 405, exp: now - 100 };
  const kubectl = await job('gitlab', {
    GITLAB_CI: 'true',
    GITLAB_OIDC_TOKEN: await jobToken('gitlab', expired),
  });
  const { stderr } = await kubectl(['get', '--raw', '/version']);
  expect(stderr).toMatch(/the identity token: it expired [123] min (\d+ s )?ago by Dex's clock/);
  expect(stderr).toContain("GitLab does not renew a job's id_token");
});
