import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { prepareGitlabJob } from '../support/gitlab-job.ts';
import { type PageBlock, pageBlocks } from '../support/page-blocks.ts';
import { type DeckhouseCluster, startDeckhouseCluster } from './deckhouse/cluster.ts';
import { installTools } from './deckhouse/tools.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';

// Runs docs/migrate.md from the first block to the last, and compares the entries of the audit log
// that it shows with those that the API server writes.

const servers = connectServers(inject('servers'));
const blocks = pageBlocks('docs/migrate.md').map((block, index) => ({
  ...block,
  number: index + 1,
}));

let cluster: DeckhouseCluster;
let folder: string;
let auditLog: string;
let common: Record<string, string | undefined>;

beforeAll(async () => {
  folder = await servers.folder('migrate');
  auditLog = join(folder, 'audit.log');
  const policy = await file('policy.json', {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', resources: [{ group: '', resources: ['namespaces'] }] }],
  });
  cluster = await startDeckhouseCluster(servers, [
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${auditLog}`,
  ]);
  await installTools(folder, servers.kubectls.built);
  const cas = join(folder, 'cas.crt');
  await writeFile(cas, cluster.caPem + servers.tls.caPem);
  common = {
    ...(await servers.cleanEnvironment()),
    PATH: `${folder}:${process.env['PATH']}`,
    HTTPS_PROXY: cluster.proxy.url,
    NO_PROXY: '127.0.0.1',
    // Machines trust the CAs of the cluster.
    SSL_CERT_FILE: cas,
    CURL_CA_BUNDLE: cas,
    K8S_SERVER: cluster.kubernetes.url,
  };
  for (const line of [
    `dexchange manifests token-exchange --provider gitlab --group my-group --access-level User \
       --idp-issuer-url ${servers.gitlab.issuer} | d8 k apply -f -`,
    `dexchange manifests token-exchange --provider keycloak --group deployers --groups-claim groups \
       --idp-issuer-url ${servers.keycloak.issuer} --access-level User --rule-name keycloak \
       | d8 k apply -f -`,
    `dexchange manifests service-account -n ci-deploy --service-account gitlab-runner-deploy \
       --access-level Admin --token-secret | d8 k apply -f -`,
  ]) {
    expect(await asAdministrator(line), line).toMatchObject({ code: 0 });
  }
  await cluster.reconcile();
  await secretToken();
});
afterAll(async () => {
  await cluster?.stop();
  await servers.stop();
});

async function file(name: string, content: unknown): Promise<string> {
  await writeFile(join(folder, name), JSON.stringify(content));
  return join(folder, name);
}

/** Waits until the token controller has filled the Secret. */
async function secretToken(): Promise<void> {
  const line = `d8 k -n ci-deploy get secret gitlab-runner-deploy-token -o jsonpath='{.data.token}'`;
  for (let tries = 0; (await asAdministrator(line)).stdout === ''; tries++) {
    if (tries > 100) throw new Error('the token controller did not fill the Secret');
    await pause(200);
  }
}

function bash(script: string, more: Readonly<Record<string, string>>): Promise<Ran> {
  const real = script
    .replaceAll('https://gitlab.example.com', servers.gitlab.issuer)
    .replaceAll('https://keycloak.example.com/realms/ci', servers.keycloak.issuer)
    .replaceAll(/https:\/\/dex\.example\.com/g, `https://${cluster.dexHost}`)
    .replaceAll('client-id ci ', `client-id ${keycloakClients.basic.id} `)
    .replaceAll('client_id=ci"', `client_id=${keycloakClients.basic.id}"`);
  const env = { ...common, ...more };
  return run('bash', ['-e', '-o', 'pipefail', '-c', real], { env, cwd: folder });
}

function asAdministrator(script: string): Promise<Ran> {
  return bash(script, { KUBECONFIG: cluster.kubernetes.adminKubeconfig });
}

/** The variables of a job. */
async function jobVariables(): Promise<Record<string, string>> {
  return {
    CI_PROJECT_DIR: folder,
    DEX_HOST: cluster.dexHost,
    DEX_CLIENT_ID: dexClients.ci.id,
    DEX_CLIENT_SECRET: dexClients.ci.secret,
    KEYCLOAK_CLIENT_SECRET: keycloakClients.basic.secret,
    GITLAB_OIDC_TOKEN: await mint(),
  };
}

const mint = (audience = 'https://dex.example.com/'): Promise<string> =>
  servers.mint({ audience, claims: { namespace_path: 'my-group' } });

async function runBlock({ language, body }: PageBlock): Promise<Ran> {
  if (language === 'yaml' && body.startsWith('users:')) return await runUser(body);
  if (language === 'yaml') {
    const job = await prepareGitlabJob(body, await jobVariables(), mint);
    return await bash(job.script, job.env);
  }
  const isAdministrators = /d8 k (?:apply|config|-n ci-deploy)|--discover/.test(body);
  return isAdministrators ? await asAdministrator(body) : await bash(body, await jobVariables());
}

/** Lists namespaces with a user entry, or prints its token if the API server does not trust its issuer. */
async function runUser(body: string): Promise<Ran> {
  const { users } = parse(
    body
      .replaceAll('https://dex.example.com', `https://${cluster.dexHost}`)
      .replaceAll('https://keycloak.example.com/realms/ci', servers.keycloak.issuer)
      .replaceAll('client-id=ci\n', `client-id=${keycloakClients.basic.id}\n`),
  );
  const config = await file('user.kubeconfig', {
    users,
    clusters: [{ name: 'c', cluster: { server: cluster.kubernetes.url } }],
    contexts: [{ name: 'ci', context: { cluster: 'c', user: 'ci' } }],
    'current-context': 'ci',
  });
  if (!body.includes('--method=identity')) {
    return await bash(`d8 k --kubeconfig '${config}' get ns`, await jobVariables());
  }
  return await bash(`dexchange get-token --kubeconfig '${config}' -o token`, {
    DEXCHANGE_IDP_CLIENT_SECRET: keycloakClients.basic.secret,
  });
}

describe('docs/migrate.md, run from the first block to the last', () => {
  const runnable = blocks.filter(({ language, body }) => language !== 'json' && hasTools(body));

  /** kubelogin and d8 are not on this machine. */
  function hasTools(body: string): boolean {
    return !/command: kubelogin|d8 login/.test(body);
  }

  test('has an after for each before', () => {
    const intros = blocks.map(
      ({ introduction }) => /^\*\*(?:Before|After)/.exec(introduction)?.[0],
    );
    expect(intros.filter((intro) => intro === '**Before')).toHaveLength(6);
    expect(intros.filter((intro) => intro === '**After')).toHaveLength(8);
  });

  test.each(runnable)('$number: $section', async (block) => {
    const ran = await runBlock(block);
    if (/\bcurl\b/.test(block.body)) {
      // As the page says: curl does not encode the secret of this client, and jq prints null.
      expect(dexClients.ci.secret).toMatch(/[+%]/);
      expect(ran.stderr).toContain('Unauthorized');
      return;
    }
    expect(ran, `${block.body}\n${ran.stderr}`).toMatchObject({ code: 0 });
    await cluster.reconcile();
    if (/get ns$/m.test(block.body)) expect(ran.stdout).toMatch(/^kube-system +Active/m);
    if (block.body.includes('--method=identity')) {
      expect(decodeJwt(ran.stdout)).toMatchObject({ iss: servers.keycloak.issuer, typ: 'ID' });
    }
    if (block.body.includes('last-used')) expect(ran.stdout).toMatch(/^\d{4}-\d\d-\d\d/);
  });

  test('the audit log has the entries of the page', async () => {
    const shortLived = `KUBE_TOKEN=$(dexchange get-token --method service-account -n ci-deploy \
      --service-account gitlab-runner-deploy -o token)
      d8 k --kubeconfig /dev/null --server="$K8S_SERVER" --token="$KUBE_TOKEN" get ns`;
    expect(await asAdministrator(shortLived)).toMatchObject({ code: 0 });
    const masked = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID'));
    const written = (await readFile(auditLog, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => masked(JSON.parse(line)) as { user: unknown; annotations: object });
    const shown = blocks.filter(({ language }) => language === 'json');
    expect(shown).toHaveLength(3);
    for (const { body } of shown) {
      const { user, annotations = {} } = masked(JSON.parse(body)) as (typeof written)[number];
      const matching = written.filter(
        (event) => JSON.stringify(event.user) === JSON.stringify(user),
      );
      expect(matching.map((event) => event.annotations)).toContainEqual(
        expect.objectContaining(annotations),
      );
      const isLegacy = 'authentication.k8s.io/legacy-token' in annotations;
      for (const event of matching) {
        expect('authentication.k8s.io/legacy-token' in event.annotations).toBe(isLegacy);
      }
    }
  });
});
