import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { allRules } from '../../src/explain/rules/all-rules.ts';
import { type Names, placeholders } from '../../src/explain/rules/names.ts';
import { textOf } from '../../src/explain/rules/rule.ts';
import { parsedReport } from '../support/report-schema.ts';
import { type DeckhouseCluster, startDeckhouseCluster } from './deckhouse/cluster.ts';
import { httpRouteCrd } from './deckhouse/http-route.ts';
import { installTools } from './deckhouse/tools.ts';
import { connectServers, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';

const servers = connectServers(inject('servers'));
const program = resolve(import.meta.dirname, '../../dist/dexchange');

let cluster: DeckhouseCluster;
let folder: string;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  cluster = await startDeckhouseCluster(servers);
  folder = await servers.folder('permissions');
  const cas = join(folder, 'cas.crt');
  await writeFile(cas, cluster.caPem + servers.tls.caPem);
  await installTools(folder, servers.kubectls.built);
  env = {
    ...(await servers.cleanEnvironment()),
    PATH: `${folder}:${process.env['PATH']}`,
    HTTPS_PROXY: cluster.proxy.url,
    DEXCHANGE_DEX_URL: `https://${cluster.dexHost}/`,
    DEXCHANGE_CLIENT_ID: dexClients.ci.id,
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    DEXCHANGE_CONNECTOR_ID: 'gitlab',
    DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: cas,
  };
  const provider = `--provider gitlab --idp-issuer-url ${servers.gitlab.issuer}`;
  await asAdministrator(`dexchange manifests token-exchange ${provider} | d8 k apply -f -`);
  await cluster.reconcile();
});
afterAll(async () => {
  await cluster.stop();
  await servers.stop();
});

async function explained(form: string, user: string, args: readonly string[] = []) {
  const token = await servers.mint({ claims: { user_email: user } });
  const ran = await run(
    program,
    ['get-token', form, '--no-cache', `--server=${cluster.kubernetes.url}`, ...args],
    { env: { ...env, SUBJECT_TOKEN: token } },
  );
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return ran.stdout;
}

/**
 * Runs a command as a cluster administrator who copies it from a report.
 * @param codes the exit codes that are expected
 */
async function asAdministrator(line: string, codes: readonly number[] = [0]): Promise<void> {
  const ran = await run('bash', ['-o', 'pipefail', '-c', line], {
    env: { ...env, KUBECONFIG: cluster.kubernetes.adminKubeconfig },
    cwd: folder,
  });
  expect(codes, `${line}\n${ran.stderr}`).toContain(ran.code);
}

/** The commands of the head block: its lines that are indented by four. */
function commandsOf(text: string): readonly string[] {
  const block = text.split('\n\n')[0] ?? '';
  expect(block.split('\n').length).toBeLessThanOrEqual(12);
  return [...block.matchAll(/^ {4}(\S.*)$/gm)].map(([, line = '']) => line);
}

test('a user without permissions gets a warning, whose command grants them', async () => {
  const user = "o'stranger@example.com";
  const report = parsedReport(await explained('--explain=json', user));
  expect(report.verdict).toMatchObject({
    status: 'warning',
    rule: 'api-no-permissions',
    exitCode: 0,
  });
  expect(report.steps[6]).toMatchObject({ permissions: { namespace: 'default', granted: 'none' } });

  const text = await explained('--explain', user);
  expect(text).toMatch(/^WARNING: user o'stranger@example\.com is authenticated, but has no/);
  const [command = ''] = commandsOf(text);
  expect(command).toMatch(/^dexchange manifests token-exchange .* \| d8 k apply -f -$/);
  await asAdministrator(command);
  await cluster.reconcile();

  const after = parsedReport(await explained('--explain=json', user));
  expect(after.verdict).toMatchObject({ status: 'ok' });
  expect(after.steps[6]).toMatchObject({ permissions: { granted: 'some' } });
});

test('a refused action among several is a failure, whose command allows it', async () => {
  const user = 'reader@example.com';
  const args = [
    '--can-i=create selfsubjectreviews.authentication.k8s.io',
    '--can-i=list namespaces',
  ];
  const text = await explained('--explain', user, args);
  expect(text).toMatch(/^FAILED: user reader@example\.com is not allowed to list namespaces/);
  const [command = ''] = commandsOf(text);
  expect(command).toContain('--access-level User');
  await asAdministrator(command);
  await cluster.reconcile();
  const after = parsedReport(await explained('--explain=json', user, args));
  expect(after.verdict).toMatchObject({ status: 'ok' });
});

test('without a DexClient, the command is one of plain Kubernetes', async () => {
  const user = 'plain@example.com';
  const { id, secret } = dexClients.kubernetes;
  const asPlain = { ...env, DEXCHANGE_CLIENT_ID: id, DEXCHANGE_CLIENT_SECRET: secret };
  const token = await servers.mint({ claims: { user_email: user } });
  const call = async (args: readonly string[]) => {
    const options = { env: { ...asPlain, SUBJECT_TOKEN: token } };
    const ran = await run(program, ['get-token', '--no-cache', ...args], options);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    return ran.stdout;
  };
  const asked = ['--explain', '--can-i=list pods', `--server=${cluster.kubernetes.url}`];
  const [command = ''] = commandsOf(await call(asked));
  expect(command).toMatch(/^kubectl create clusterrolebinding \S+ --clusterrole view --user /);
  await asAdministrator(command);
  const after = await call(asked);
  expect(after).toMatch(/^OK: /);
  const credential = await call(['-o', 'token']);
  const listed = await run(
    servers.kubectls.built,
    [
      ...['--server', cluster.kubernetes.url, '--certificate-authority', cluster.kubernetes.caFile],
      ...['--token', credential.trim(), 'get', 'pods', '--namespace', 'kube-system'],
    ],
    { env: await servers.cleanEnvironment() },
  );
  expect(listed).toMatchObject({
    code: 0,
    stderr: 'No resources found in kube-system namespace.\n',
  });
});

test('the CA of Dex that an administrator saves is enough', async () => {
  const { DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: _cas, ...without } = env;
  const token = await servers.mint();
  const call = async (args: readonly string[]) =>
    run(program, ['get-token', '--no-cache', ...args], {
      env: { ...without, SUBJECT_TOKEN: token },
      cwd: folder,
    });
  const broken = await call(['--explain']);
  expect(broken.code).toBe(5);
  const [command = ''] = commandsOf(broken.stdout);
  await asAdministrator(command);
  expect(await call(['--dex-certificate-authority=ca.crt'])).toMatchObject({ code: 0, stderr: '' });
});

describe('the commands in the advice of the rules', () => {
  /** What a run would fill in; the resources exist in the cluster. */
  const names = (): Names => {
    const host = new URL(servers.dex.issuer).host;
    return {
      ...placeholders,
      dexUrl: servers.dex.issuer,
      clientName: 'ci-token-exchange',
      clientNamespace: 'd8-user-authn',
      connector: 'gitlab',
      issuer: servers.gitlab.issuer,
      server: cluster.kubernetes.url,
      host,
      canI: 'get pods',
      email: 'adviser@example.com',
      contextFlags: ` --kubeconfig ${cluster.kubernetes.adminKubeconfig}`,
      grantAccess: placeholders.grantAccess
        .replaceAll(/ NAME(?=-| )/g, ' ci-token-exchange')
        .replace('NAMESPACE', 'd8-user-authn')
        .replace('EMAIL', 'adviser@example.com'),
    };
  };

  /** Commands that ask a server whose CA is unknown, or a cluster that has another kind of resource. */
  const expectedCodes: readonly (readonly [RegExp, readonly number[]])[] = [
    [/^curl .*http:/, [0, 1, 52, 56]],
    [/^curl /, [0, 4, 5, 7, 35, 60]],
    [/^openssl /, [0, 1]],
    // The kinds of cert-manager are not in this cluster.
    [/^d8 k get certificate /, [1]],
    // Says no.
    [/^d8 k auth can-i /, [0, 1]],
    // The job of the test has no kubeconfig entry for dexchange, and no token to decode.
    [/^dexchange (?:get-token|decode)/, [2, 3]],
  ];

  test('work as they are printed', async () => {
    await asAdministrator(names().grantAccess);
    await cluster.reconcile();
    // A cluster can have both.
    await cluster.admin('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: httpRouteCrd,
    });
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'dex' },
      spec: { hostnames: [cluster.dexHost] },
    };
    const routes = '/apis/gateway.networking.k8s.io/v1/namespaces/d8-user-authn/httproutes';
    await expect
      .poll(async () => (await cluster.admin(routes, { body: route })).status, { timeout: 30_000 })
      .toBe(201);

    const texts = allRules.flatMap(({ causes }) =>
      causes.flatMap(({ check, fix }) => [textOf(check, names()), textOf(fix, names())]),
    );
    const commands = new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/`([a-z\d]+ [^`]+)`/g)].map(([, line = '']) => line),
      ),
    );
    // They are for another place: a pod, or a URL that the reader fills in.
    const elsewhere = /^dex version|ISSUER|FOLDER|https:\/\/api\.example\.com/;
    const here = [...commands].filter((line) => !elsewhere.test(line));
    expect(here.length).toBeGreaterThan(25);
    for (const line of here) {
      const [, codes = [0]] = expectedCodes.find(([pattern]) => pattern.test(line)) ?? [];
      await asAdministrator(line.replace(/-n NAMESPACE\b/, '-n default'), codes);
    }
  }, 120_000);
});
