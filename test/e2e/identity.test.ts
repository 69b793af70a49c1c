import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { type CiSystem, mintingSystems } from '../support/ci-systems.ts';
import { githubClaims } from '../support/github-claims.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { parsedReport } from '../support/report-schema.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import type { GitlabIssuer } from './harness/gitlab.ts';
import { asAdmin, type Kubernetes, rbacFixture } from './harness/kubernetes.ts';

// The API server trusts Dex, and with the authenticators of docs/identity.md GitLab and GitHub, too.

const servers = connectServers(inject('servers'));
const program = resolve(import.meta.dirname, '../../dist/dexchange');
const kubectl = servers.kubectls.built;
const audience = 'https://api.example.com';

/** An issuer that does not answer. */
const unreachable = 'https://127.0.0.1:1';

let gitlab: GitlabIssuer;
let github: GitlabIssuer;
let actions: CiSystem;
let kubernetes: Kubernetes;
/** How long the tokens of GitHub are valid, in seconds. */
let lifeSeconds = 300;

interface Authenticator {
  readonly issuer: { readonly url: string };
}

/** The authenticators of the docs, for the issuers of this test. */
function documentedAuthenticators(): readonly Authenticator[] {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/identity.md'), 'utf8');
  const [, text = ''] = /```yaml\n(# Before[\s\S]*?)```/.exec(page) ?? [];
  const { jwt } = parse(text) as { jwt: readonly Authenticator[] };
  return jwt.map((authenticator) => {
    const isGitlab = authenticator.issuer.url.includes('gitlab');
    const url = (isGitlab ? gitlab : github).issuer;
    const certificateAuthority = servers.tls.caPem;
    return { ...authenticator, issuer: { ...authenticator.issuer, url, certificateAuthority } };
  });
}

const gitlabJob = {
  namespace_path: 'my-group',
  project_path: 'my-group/my-project',
  ref_protected: 'true',
};

function gitlabToken(claims: object = {}, expiresIn = 300): Promise<string> {
  return servers.mint({ audience, expiresIn, claims: { ...gitlabJob, ...claims } }, gitlab);
}

function githubToken(aud: string | undefined): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + lifeSeconds;
  return servers.mint({ claims: githubClaims({ iss: github.issuer, aud, exp }) }, github);
}

beforeAll(async () => {
  [gitlab, github] = await Promise.all([servers.startGitlabIssuer(), servers.startGitlabIssuer()]);
  actions = await mintingSystems.github(githubToken);
  const dex = { issuer: servers.dex.issuer, caPem: servers.tls.caPem };
  kubernetes = await servers.startKubernetes([dex], {
    authenticators: [
      ...documentedAuthenticators(),
      {
        issuer: { url: unreachable, audiences: [audience] },
        claimMappings: { username: { claim: 'sub', prefix: 'unreachable:' } },
      },
    ],
    mustAccept: [() => gitlabToken(), () => githubToken(audience)],
  });
  const group = 'rbac.authorization.k8s.io';
  const binding = {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'ci' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: rbacFixture.name },
    subjects: ['gitlab:my-group/my-project', 'github:octo-org/octo-repo'].map((name) => ({
      ...{ apiGroup: group, kind: 'User', name },
    })),
  };
  const created = await asAdmin(kubernetes, `/apis/${group}/v1/clusterrolebindings`, {
    body: binding,
  });
  expect(created.status).toBe(201);
});
afterAll(async () => {
  await actions.close();
  await servers.stop();
});

const fromVariable = ['--method=identity', '--subject-token-env=KUBERNETES_TOKEN'];
const fromGithub = ['--method=identity', `--identity-audience=${audience}`];

/** A job with a kubeconfig that runs dexchange. */
async function job(args: readonly string[], env: Readonly<Record<string, string>>) {
  const home = await servers.folder('home of a runner');
  const kubeconfig = await writeKubeconfig(home, {
    ...{ server: kubernetes.url, caFile: kubernetes.caFile },
    ...{ command: program, args: ['get-token', ...args] },
  });
  return {
    kubeconfig,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      KUBECACHEDIR: join(home, 'kube-cache'),
      KUBECTL: kubectl,
      ...env,
    },
  };
}

type Job = Awaited<ReturnType<typeof job>>;

function kubectlIn({ env, kubeconfig }: Job, ...args: readonly string[]): Promise<Ran> {
  return run(kubectl, [`--kubeconfig=${kubeconfig}`, ...args], { env });
}

async function explain({ env, kubeconfig }: Job) {
  const ran = await run(
    program,
    ['get-token', '--explain=json', `--kubeconfig=${kubeconfig}`, '--can-i=list namespaces'],
    { env },
  );
  return parsedReport(ran.stdout);
}

const listNamespaces = ['get', 'ns', '-o', 'name'];

describe('kubectl through the plugin', () => {
  test('lists with the identity token of a GitLab job, as the user of the docs', async () => {
    const runner = await job(fromVariable, { KUBERNETES_TOKEN: await gitlabToken() });
    const ran = await kubectlIn(runner, ...listNamespaces);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    const who = await kubectlIn(runner, 'auth', 'whoami', '-o', 'json');
    expect(JSON.parse(who.stdout).status.userInfo).toMatchObject({
      username: 'gitlab:my-group/my-project',
      groups: ['gitlab:my-group', 'system:authenticated'],
      uid: '20',
    });
    expect((await explain(runner)).verdict).toMatchObject({ status: 'ok' });
  });

  test('lists with a token that a GitHub job requests once', async () => {
    const runner = await job(fromGithub, actions.env);
    const before = actions.requests.length;
    for (let call = 0; call < 3; call++) {
      const ran = await kubectlIn(runner, ...listNamespaces);
      expect(ran, ran.stderr).toMatchObject({ code: 0 });
    }
    expect(actions.requests.length - before).toBe(1);
    const doctor = await run(program, ['doctor', `--kubeconfig=${runner.kubeconfig}`], runner);
    expect(doctor, doctor.stdout + doctor.stderr).toMatchObject({ code: 0 });
    expect(doctor.stdout).toMatch(/authenticates github:octo-org\/octo-repo/);
    expect(doctor.stdout).toMatch(/skipped\S* +exchange +not needed: with method identity/);
  });

  test('still works with the token of Dex, which the same API server trusts', async () => {
    const args = [
      `--dex-url=${servers.dex.issuer}`,
      `--dex-certificate-authority=${servers.tls.caFile}`,
      `--client-id=${dexClients.ci.id}`,
      ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
    ];
    const runner = await job(args, {
      CI_TOKEN: await servers.mint(),
      DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    });
    const ran = await kubectlIn(runner, 'get', 'ns', '-o', 'name');
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
  });
});

/** Why the API server did not authenticate requests, in the words that the rules quote. */
function reasonsInLog(): string {
  const lines = readFileSync(kubernetes.logFile, 'utf8').split('\n');
  return lines.filter((line) => line.includes('"Unable to authenticate the request"')).join('\n');
}

describe('a 401 is explained', () => {
  const notValidated = 'oidc: error evaluating claim validation expression';

  test.each([
    [
      'is for another audience',
      { aud: 'https://other.example.com' },
      'audience',
      'oidc: verify token: oidc: expected audience ',
    ],
    [
      'is of a stranger on the same GitLab',
      { namespace_path: 'my-group-2' },
      'claims',
      notValidated,
    ],
    ['is of a branch that is not protected', { ref_protected: 'false' }, 'claims', notValidated],
  ])('if the token %s', async (_what, claims, cause, reason) => {
    const trusting = [...fromVariable, `--dex-certificate-authority=${servers.tls.caFile}`];
    const runner = await job(trusting, { KUBERNETES_TOKEN: await gitlabToken(claims) });
    expect(await kubectlIn(runner, ...listNamespaces)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Unauthorized|logged in/),
    });
    const { verdict, diagnoses } = await explain(runner);
    expect(verdict).toMatchObject({ status: 'failed', rule: 'api-identity-unauthorized' });
    expect(reasonsInLog()).toContain(reason);
    expect(diagnoses[0]?.causes.map(({ id }) => id)).toContain(cause);
    expect(diagnoses[0]?.evidence).toEqual(
      expect.arrayContaining([
        `iss: ${gitlab.issuer}`,
        'the token is signed by a key that its issuer publishes',
      ]),
    );
  });

  test('if the issuer is unknown, and --audience tells of a wrong one before', async () => {
    const token = await servers.mint({ audience });
    const runner = await job(fromVariable, { KUBERNETES_TOKEN: token });
    const { diagnoses } = await explain(runner);
    const issuer = diagnoses[0]?.causes.find(({ id }) => id === 'issuer');
    expect(issuer?.fix).toContain(servers.gitlab.issuer);
    const strict = await job([...fromVariable, '--audience=kubernetes'], {
      KUBERNETES_TOKEN: token,
    });
    const ran = await kubectlIn(strict, ...listNamespaces);
    expect(ran.stderr).toMatch(/has audience https:\/\/api\.example\.com, not kubernetes/);
  });

  test('if the API server has no keys of the issuer', async () => {
    const token = await gitlabToken({ iss: unreachable });
    const runner = await job(fromVariable, { KUBERNETES_TOKEN: token });
    const { diagnoses } = await explain(runner);
    const [{ causes } = expect.fail()] = diagnoses;
    expect(causes.map(({ id }) => id)).toEqual(['issuer', 'audience', 'claims', 'keys']);
    expect(reasonsInLog()).toContain('oidc: authenticator not initialized');
  });

  test('and an expired token does not get that far', async () => {
    const runner = await job(fromVariable, { KUBERNETES_TOKEN: await gitlabToken({}, -60) });
    const ran = await kubectlIn(runner, ...listNamespaces);
    expect(ran.stderr).toMatch(/variable KUBERNETES_TOKEN expired 1 min .*ago/);
    const { verdict } = await explain(runner);
    expect(verdict).toMatchObject({ error: 'subject_token_invalid', exitCode: 3 });
  });
});

test('exec keeps the token of a GitHub job fresh, and the API server never answers 401', async () => {
  lifeSeconds = 15;
  const runner = await job(fromGithub, actions.env);
  const before = actions.requests.length;
  const script = `for i in $(seq 35); do "$KUBECTL" get ns -o name > /dev/null || exit 9; sleep 1; done`;
  const flags = [`--kubeconfig=${runner.kubeconfig}`, '--', 'sh', '-c', script];
  const ran = await run(program, ['exec', ...flags], { env: runner.env, timeoutMs: 120_000 });
  lifeSeconds = 300;
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const requests = actions.requests.length - before;
  expect(requests).toBeGreaterThanOrEqual(3);
  expect(requests).toBeLessThanOrEqual(8);
}, 180_000);
