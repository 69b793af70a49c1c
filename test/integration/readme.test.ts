import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type DemoApiServer, startApiServer } from '../../scripts/demo/api-server.ts';
import { createCa } from '../support/certificates.ts';
import { ciClaims } from '../support/ci-claims.ts';
import { ciClient, dexSuite } from '../support/cli-suite.ts';
import { program } from '../support/dexchange.ts';
import { clusterExample } from '../support/examples.ts';
import { prepareWorkflow } from '../support/github-steps.ts';
import { prepareGitlabJob } from '../support/gitlab-job.ts';
import { startHttpServer } from '../support/http-server.ts';
import { readmeBlock } from '../support/page-blocks.ts';
import { runToEnd } from '../support/run-to-end.ts';

// Does what README.md says, with stand-ins for the servers and for kubectl. The end-to-end tests do it
// with real ones, in the images of the README.

const suite = dexSuite((idp) => ({
  connectors: (['gitlab', 'github'] as const).map((id) => {
    const { claimMappingOverride, ...oidc } = clusterExample(id).oidc;
    return {
      ...{ ...oidc, id, type: 'oidc' as const, issuer: idp.issuer },
      ...{ insecureEnableGroups: true, overrideClaimMapping: claimMappingOverride === true },
    };
  }),
}));

let api: DemoApiServer;
let apiCa: string;
beforeAll(async () => {
  const ca = await createCa();
  apiCa = ca.certPem;
  const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
  const { issuer } = suite.dex;
  api = await startApiServer({ issuer, keysUrl: `${issuer}keys`, caPem: '' }, tls);
});
afterAll(() => api.close());

const token = (system: 'gitlab' | 'github', audience: string): Promise<string> =>
  suite.idp.mint({ ...ciClaims[system]?.(), iss: suite.idp.issuer, aud: audience });

/** The project with the kubeconfig of the README, and a machine with the programs of its image. */
function machine(): Readonly<Record<string, string>> {
  const script = (name: string, line: string): void =>
    chmodSync(suite.write(`bin/${name}`, `#!/bin/sh\nexec ${line} "$@"\n`), 0o755);
  script('dexchange', program.map((word) => `'${word}'`).join(' '));
  const client = resolve(import.meta.dirname, '../support/kubectl-get-ns.mjs');
  script('kubectl', `'${process.execPath}' '${client}'`);
  const kubeconfig = readmeBlock('yaml', 'kind: Config')
    .replace('https://api.example.com', api.url)
    .replace('https://dex.example.com/', suite.dex.issuer);
  suite.write('project/ci.kubeconfig', kubeconfig);
  return {
    PATH: `${join(suite.home, 'bin')}:${process.env['PATH']}`,
    HOME: suite.home,
    XDG_RUNTIME_DIR: suite.home,
    // The certificate of the API is from a CA that the image trusts.
    NODE_EXTRA_CA_CERTS: suite.write('ca.pem', apiCa),
  };
}

const project = (): string => join(suite.home, 'project');

test('the GitLab job lists namespaces', async () => {
  const given = {
    ...machine(),
    CI_PROJECT_DIR: project(),
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
  };
  const audiences: string[] = [];
  const { env, script } = await prepareGitlabJob(
    readmeBlock('yaml', 'id_tokens:'),
    given,
    async (audience) => {
      audiences.push(audience);
      return await token('gitlab', audience);
    },
  );
  expect(audiences).toEqual(['https://dex.example.com/']);
  const ended = await runToEnd('bash', ['-c', script], { env, cwd: project() });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toBe('default\nseen-by-sample-user-example-com\n');
});

test('the steps of the GitHub job list namespaces', async () => {
  const requests = await startHttpServer({}, {}, async ({ query }) => ({
    status: 200,
    body: JSON.stringify({ value: await token('github', query.get('audience') ?? '') }),
  }));
  onTestFinished(requests.close);
  const job = prepareWorkflow(readmeBlock('yaml', 'runs-on:'), {
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
  });
  expect(job.isIdentified).toBe(true);
  expect(job.steps.length).toBeGreaterThan(0);
  const env = {
    ...machine(),
    ...job.env,
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${requests.origin}/token?v=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime',
  };
  for (const step of job.steps) {
    const ended = await runToEnd('sh', ['-ec', step], { env, cwd: project() });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^default\nseen-by-repo-octo-org/);
  }
});

/** A command of the README that shows an output, with that output. */
function shown(command: string): { readonly line: string; readonly output: string } {
  const [first = '', ...output] = readmeBlock('console', `$ ${command}`).split('\n');
  return { line: first.replace(/^\$ dexchange /, ''), output: output.join('\n') };
}

/** What differs from run to run: paths, addresses, keys, times and sizes. */
function masked(text: string): string {
  return text
    .replaceAll(/\/\S*dexchange-run-\S+\//g, 'RUN/')
    .replaceAll(/https?:\/\/\S+/g, 'URL')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'KEY')
    .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s|min|h)\b(?: \d+ (?:s|min))?/g, 'TIME')
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/ +/g, ' ');
}

test('the outputs in the README are those of the program', async () => {
  const env = {
    ...machine(),
    KUBECONFIG: join(project(), 'ci.kubeconfig'),
    DEXCHANGE_CONNECTOR_ID: 'gitlab',
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
    GITLAB_OIDC_TOKEN: await token('gitlab', 'https://dex.example.com/'),
  };
  const [list, status, doctor] = ['cache list', 'agent status', 'doctor'].map((command) =>
    shown(`dexchange ${command}`),
  );
  if (!list || !status || !doctor) throw new Error('an output is missing');

  const start = `eval "$(dexchange agent start --owner-pid $$ 2>/dev/null)"`;
  const script = `${start}; dexchange ${status.line}; eval "$(dexchange agent stop)"`;
  const agent = await runToEnd('sh', ['-ec', script], { env, cwd: project() });
  expect(agent).toMatchObject({ code: 0, stderr: '' });
  expect(masked(agent.stdout)).toBe(masked(status.output));
  const listed = await suite.run(list.line.split(' '), { env });
  expect(masked(listed.stdout)).toBe(masked(list.output));

  const failed = await suite.run([doctor.line], {
    env: { ...env, DEXCHANGE_CONNECTOR_ID: 'no-such' },
  });
  expect(failed.code).toBe(4);
  expect(failed.stdout.replaceAll('no-such', 'github')).toContain(doctor.output);
});
