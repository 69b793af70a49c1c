import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type DeckhouseCluster, passwordUser, startDeckhouseCluster } from './deckhouse/cluster.ts';
import { type Block, blocksOf } from './deckhouse/guide.ts';
import { installTools } from './deckhouse/tools.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';

const servers = connectServers(inject('servers'));
const root = resolve(import.meta.dirname, '../..');

let cluster: DeckhouseCluster;
let folder: string;
let env: Record<string, string | undefined>;
let exampleValues: readonly (readonly [string, string])[];

beforeAll(async () => {
  cluster = await startDeckhouseCluster(servers);
  folder = await servers.folder('guide');
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  await installTools(folder, servers.kubectls.built);
  await file('dex.secret', 'dex-at-the-idp\n');
  await file('keycloak.secret', keycloakClients.basic.secret);
  const cas = await file('cas.crt', cluster.caPem + servers.tls.caPem);
  env = {
    ...(await servers.cleanEnvironment()),
    PATH: `${folder}:${process.env['PATH']}`,
    KUBECONFIG: cluster.kubernetes.adminKubeconfig,
    HTTPS_PROXY: cluster.proxy.url,
    DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: cas,
    // The variables that the CI system sets for the job.
    GITLAB_OIDC_TOKEN: await servers.mint({ claims: { namespace_path: 'my-group' } }),
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    K8S_SERVER: `https://${cluster.apiHost}`,
    K8S_PASSWORD: passwordUser.password,
    CI_JOB_ID: '4711',
  };
  exampleValues = [
    ['https://gitlab.example.com', servers.gitlab.issuer],
    ['https://keycloak.example.com/realms/ci', servers.keycloak.issuer],
    ['--idp-client-id ci ', `--idp-client-id ${keycloakClients.basic.id} `],
    ['https://10.0.0.1:6443', cluster.kubernetes.url],
  ];
});
afterAll(async () => {
  await cluster.stop();
  await servers.stop();
});

/** Runs a block with the variables that the previous blocks have set. */
async function runBlock({ lines }: Block): Promise<Ran> {
  const state = join(folder, 'state.sh');
  const real = exampleValues.reduce((text, [from, to]) => text.replaceAll(from, to), lines);
  const script = `set -a; [ -f ${state} ] && . ${state}; cd ${folder}\n${real}\nexport -p > ${state}`;
  return await run('bash', ['-e', '-o', 'pipefail', '-c', script], { env, cwd: folder });
}

async function waitForToken(): Promise<void> {
  const path = '/api/v1/namespaces/ci-deploy/secrets/gitlab-runner-deploy-token';
  for (let tries = 0; tries < 100; tries++) {
    const { data } = (await cluster.admin(path)).json() as { data?: { token?: string } };
    if (data?.token !== undefined) return;
    await pause(200);
  }
  throw new Error('the token controller did not fill the Secret');
}

describe('the guide, run from the first command to the last', async () => {
  const guide = await readFile(join(root, 'docs/guide.md'), 'utf8');
  const blocks = blocksOf(guide).map((block, index) => ({ ...block, number: index + 1 }));

  test('has runnable blocks', () => {
    expect(blocks.length).toBeGreaterThan(15);
  });

  test.each(blocks)('$number: $section', async (block) => {
    const ran = await runBlock(block);
    expect(ran, `${block.lines}\n${ran.stderr}`).toMatchObject({ code: 0 });
    await cluster.reconcile();
    if (block.lines.includes('--token-secret')) await waitForToken();
    if (block.lines.includes('--token="$KUBE_TOKEN"')) {
      // With an empty token kubectl would silently use the administrator of KUBECONFIG.
      const who = await runBlock({
        ...block,
        lines: 'd8 k --token="$KUBE_TOKEN" auth whoami -o jsonpath={.status.userInfo.username}',
      });
      expect(who.stdout).toMatch(/^system:serviceaccount:ci-deploy|^deployer@example\.com$/);
    }
    if (/get ns/.test(block.lines)) expect(ran.stdout).toMatch(/^kube-system +Active/m);
  });

  test.each([
    ['vpn.config', 'system:serviceaccount:ci-deploy:gitlab-runner-deploy'],
    ['kube.config', 'system:serviceaccount:ci-deploy:gitlab-runner-deploy'],
    ['basic.config', passwordUser.email],
    ['ci.config', 'deployer@example.com'],
    ['keycloak.config', 'deployer@example.com'],
  ])('writes %s, which authenticates as %s', async (file, username) => {
    const line = `d8 k --kubeconfig ${file} auth whoami -o jsonpath={.status.userInfo.username}`;
    const ran = await runBlock({ section: '', lines: line });
    expect(ran).toMatchObject({ code: 0, stdout: username });
  });

  test('writes no secret into the kubeconfig of a pipeline', async () => {
    const text = await readFile(join(folder, 'ci.config'), 'utf8');
    expect(text).not.toContain(dexClients.ci.secret);
    expect(text).not.toContain('eyJ');
  });
});

test('the guide covers every section of the DKP guide Access for CI/CD', async () => {
  const guide = await readFile(join(root, 'docs/guide.md'), 'utf8');
  const headings = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase(),
  );
  for (const section of [
    'ServiceAccount',
    'Prerequisites',
    'Create ServiceAccount and token',
    'Grant permissions',
    'Get API URL and CA certificate',
    'Create kubeconfig',
    'Short-lived tokens',
    'Basic Auth',
    'Enable',
    'Get API endpoint',
    'Verify',
    'Configure kubeconfig',
    'Use in GitLab CI',
    'Token Exchange',
    'Create DexClient',
    'Get Dex and API URLs',
    'Grant RBAC',
    'Token exchange request',
    'GitLab CI',
    'Keycloak',
    'Diagnostics',
  ]) {
    const named = headings.some((heading) => heading.includes(section.toLowerCase()));
    expect(named, section).toBe(true);
  }
});
