import { resolve } from 'node:path';
import { importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { ciClaims } from '../support/ci-claims.ts';
import { mintingSystems } from '../support/ci-systems.ts';
import { clusterExample } from '../support/examples.ts';
import type { Claims } from '../support/gitlab-claims.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { connectServers } from './harness/client.ts';
import { mockToken } from './harness/cluster.ts';
import { type Dex, dexClients } from './harness/dex.ts';
import type { GitlabIssuer } from './harness/gitlab.ts';
import { asAdmin, type Kubernetes } from './harness/kubernetes.ts';

const servers = connectServers(inject('servers'));
const command = resolve(import.meta.dirname, '../../dist/dexchange');
const folders = Object.keys(ciClaims);

let issuer: GitlabIssuer;
let dex: Dex;
let kubernetes: Kubernetes;

beforeAll(async () => {
  issuer = await servers.startGitlabIssuer();
  dex = await servers.startDex({ connectors: folders.map(connector) });
  kubernetes = await servers.startKubernetes([
    { issuer: dex.issuer, caPem: dex.caPem, token: () => mockToken(dex) },
  ]);
  await Promise.all(folders.map(grant));
});
afterAll(() => servers.stop());

/** The connector that DKP creates from the DexProvider of an example, with the test's issuer. */
function connector(folder: string): Readonly<Record<string, unknown>> {
  const { connectorId, oidc } = clusterExample(folder);
  const { claimMappingOverride, ...config } = oidc;
  return {
    type: 'oidc',
    id: connectorId === 'gitlab' ? 'example-gitlab' : connectorId,
    name: folder,
    config: {
      ...config,
      issuer: issuer.issuer,
      redirectURI: 'https://dex.example.com/callback',
      rootCAs: [servers.tls.caFile],
      insecureEnableGroups: true,
      overrideClaimMapping: claimMappingOverride === true,
    },
  };
}

const connectorOf = (folder: string) => String(connector(folder)['id']);

/** Grants the subjects of an example the permission to list namespaces. */
async function grant(folder: string): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const answer = await asAdmin(kubernetes, `/apis/${group}/v1/clusterrolebindings`, {
    body: {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `example-${folder}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'e2e-namespace-reader' },
      subjects: subjectsOf(folder).map((subject) => ({ apiGroup: group, ...subject })),
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

async function mint(claims: Claims): Promise<string> {
  const { privateJwk } = issuer;
  return new SignJWT({ ...claims, iss: issuer.issuer })
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
    const token = await mint(ciClaims['gitlab']?.() ?? {});
    const kubectl = await job('gitlab', { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: token });
    await expectNamespaces(kubectl, 'gitlab');
  });

  test.each(['github', 'forgejo'])('lists namespaces in a job of %s', async (folder) => {
    const audiences: (string | undefined)[] = [];
    const system = await mintingSystems.github((audience) => {
      audiences.push(audience);
      return mint({ ...ciClaims[folder]?.(), aud: audience });
    });
    onTestFinished(system.close);
    const kubectl = await job(folder, system.env);
    await expectNamespaces(kubectl, folder);
    // One token for two calls of kubectl: the second call was a hit.
    expect(audiences).toEqual([dex.issuer]);
  });

  test('shows the lines to add in a GitLab job without id_tokens', async () => {
    const kubectl = await job('gitlab', { GITLAB_CI: 'true' });
    const { code, stderr } = await kubectl(['get', '--raw', '/version']);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`id_tokens: { GITLAB_OIDC_TOKEN: { aud: "${dex.issuer}" } }`);
  });
});

test.each(folders)('the claims of %s become the user and groups of its rule', async (folder) => {
  const token = await servers.exchangedToken(
    { subjectToken: await mint(ciClaims[folder]?.() ?? {}), connectorId: connectorOf(folder) },
    dex,
  );
  const user = await servers.whoAmI(token, kubernetes);
  for (const { kind, name } of subjectsOf(folder)) {
    if (kind === 'User') expect(user.username).toBe(name);
    else expect(user.groups).toContain(name);
  }
});

test.each(folders.filter((folder) => clusterExample(folder).oidc.allowedGroups !== undefined))(
  'another organization with the issuer of %s is denied',
  async (folder) => {
    const [mine = ''] = clusterExample(folder).oidc.allowedGroups ?? [];
    const stranger = JSON.stringify(ciClaims[folder]?.()).replaceAll(mine, 'strangers');
    const answer = await servers.exchange(
      { subjectToken: await mint(JSON.parse(stranger)), connectorId: connectorOf(folder) },
      dex,
    );
    expect(answer.status).toBe(401);
  },
);

test('an expired job token is reported', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { ...ciClaims['gitlab']?.(), iat: now - 400, nbf: now - 405, exp: now - 100 };
  const kubectl = await job('gitlab', {
    GITLAB_CI: 'true',
    GITLAB_OIDC_TOKEN: await mint(claims),
  });
  const { stderr } = await kubectl(['get', '--raw', '/version']);
  expect(stderr).toMatch(/the identity token: it expired [123] min (\d+ s )?ago by Dex's clock/);
  expect(stderr).toContain("GitLab does not renew a job's id_token");
});
