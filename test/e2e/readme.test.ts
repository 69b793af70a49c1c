import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { repository } from '../support/built-target.ts';
import { ciClaims } from '../support/ci-claims.ts';
import { prepareWorkflow } from '../support/github-steps.ts';
import { prepareGitlabJob } from '../support/gitlab-job.ts';
import { startHttpServer } from '../support/http-server.ts';
import { readmeBlock } from '../support/page-blocks.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { startAdministeredCluster } from './deckhouse/administrator.ts';
import type { DeckhouseCluster } from './deckhouse/cluster.ts';
import { installTools } from './deckhouse/tools.ts';
import { connectServers, run } from './harness/client.ts';
import { buildImage } from './harness/image.ts';

// A new user with README.md alone: the administrator prepares the cluster, and the jobs of GitLab and
// GitHub list namespaces of the real API server, in an image as Alpine and in one as Debian.

const servers = connectServers(inject('servers'));

let cluster: DeckhouseCluster;
let folder: string;
let kubeconfig: string;
let secret: string;

/** The README, with the addresses of the cluster. */
function filled(text: string): string {
  return text
    .replaceAll('https://api.example.com', cluster.kubernetes.url)
    .replaceAll('https://dex.example.com/', `https://${cluster.dexHost}/`)
    .replaceAll('https://gitlab.example.com', servers.gitlab.issuer)
    .replaceAll('https://token.actions.githubusercontent.com', servers.gitlab.issuer);
}

beforeAll(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const args = ['scripts/build.ts', '--target=linux-musl-x64', '--if-needed'];
  expect(await runToEnd(process.execPath, args, { cwd: repository, env })).toMatchObject({
    code: 0,
  });

  const administered = await startAdministeredCluster(servers, 'readme');
  ({ cluster, folder } = administered);
  await installTools(folder, servers.kubectls.built);
  const administrator = { ...administered.env, PATH: `${folder}:${process.env['PATH']}` };
  const options = { env: administrator, cwd: folder };
  const sh = (script: string) => run('bash', ['-eo', 'pipefail', '-c', filled(script)], options);
  expect(await sh(readmeBlock('shell', 'dexchange manifests'))).toMatchObject({ code: 0 });
  await cluster.reconcile();
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const [, secretCommand = ''] = /`(d8 k \S+ \S+ get secret [^`]+)`/.exec(readme) ?? [];
  secret = (await sh(secretCommand)).stdout;
  kubeconfig = filled(readmeBlock('yaml', 'kind: Config'));
});
afterAll(async () => {
  await cluster?.stop();
  await servers.stop();
});

const dockerfiles = readmeBlock('dockerfile', 'FROM').split(/\n(?=FROM)/);
const bases = dockerfiles.map((dockerfile) => [/FROM (\w+)/.exec(dockerfile)?.[1], dockerfile]);

test('the README has an image for Alpine and one for Debian', () => {
  expect(bases.map(([name]) => name)).toEqual(['alpine', 'debian']);
});

// The build makes programs of other platforms there only.
describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64').each(bases)(
  'in the image from %s',
  (_name, dockerfile = '') => {
    /** An image with a checkout of the project. */
    async function checkout() {
      const caFile = join(folder, 'cas.crt');
      const image = await buildImage(dockerfile, { kubectl: servers.kubectls.built, caFile });
      mkdirSync(join(image.path, 'builds/project'), { recursive: true });
      writeFileSync(join(image.path, 'builds/project/ci.kubeconfig'), kubeconfig);
      const env = {
        PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        // Only the proxy knows the hosts of the cluster.
        HTTPS_PROXY: cluster.proxy.url,
        NO_PROXY: '127.0.0.1',
      };
      const inProject = (script: string, more: Readonly<Record<string, string>>) =>
        image.run(`cd /builds/project\n${script}`, { ...env, ...more });
      return { env, inProject };
    }

    test('the GitLab job lists namespaces', async () => {
      const { env, inProject } = await checkout();
      const job = await prepareGitlabJob(
        readmeBlock('yaml', 'id_tokens:'),
        {
          ...env,
          CI_PROJECT_DIR: '/builds/project',
          DEXCHANGE_CLIENT_SECRET: secret,
        },
        (audience) => servers.mint({ audience, claims: { namespace_path: 'my-group' } }),
      );
      const ended = await inProject(job.script, job.env);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(/^kube-system +Active/m);
    });

    test('the steps of the GitHub job list namespaces', async () => {
      const { inProject } = await checkout();
      const requests = await startHttpServer({}, {}, async ({ query }) => {
        const claims = {
          ...ciClaims['github']?.(),
          ...{ iss: servers.gitlab.issuer, repository_owner: 'my-org' },
        };
        const value = await servers.mint({ audience: query.get('audience') ?? '', claims });
        return { status: 200, body: JSON.stringify({ value }) };
      });
      onTestFinished(requests.close);
      const job = prepareWorkflow(readmeBlock('yaml', 'runs-on:'), {
        DEXCHANGE_CLIENT_SECRET: secret,
      });
      for (const step of job.steps) {
        const ended = await inProject(`set -e\n${step}`, {
          ...job.env,
          GITHUB_ACTIONS: 'true',
          ACTIONS_ID_TOKEN_REQUEST_URL: `${requests.origin}/token?v=1`,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime',
        });
        expect(ended).toMatchObject({ code: 0, stderr: '' });
        expect(ended.stdout).toMatch(/^kube-system +Active/m);
      }
    });
  },
);
