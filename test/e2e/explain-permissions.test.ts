import { chmod, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parsedReport } from '../support/report-schema.ts';
import { type DeckhouseCluster, startDeckhouseCluster } from './deckhouse/cluster.ts';
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
  const shim = async (name: string, line: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder, name), 0o755);
  };
  await shim('dexchange', `exec '${program}' "$@"`);
  await shim('kubectl', `exec '${servers.kubectls.built}' "$@"`);
  // d8 k is an embedded kubectl.
  await shim('d8', `[ "$1" = k ] && shift && exec '${servers.kubectls.built}' "$@"`);
  env = {
    ...(await servers.cleanEnvironment()),
    PATH: `${folder}:${process.env['PATH']}`,
    HTTPS_PROXY: cluster.proxy.url,
    DEXCHANGE_DEX_URL: `https://${cluster.dexHost}/`,
    DEXCHANGE_CLIENT_ID: dexClients.ci.id,
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    DEXCHANGE_CONNECTOR_ID: 'gitlab',
    DEXCHANGE_CERTIFICATE_AUTHORITY: cas,
  };
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

/** Runs a command as a cluster administrator who copies it from a report. */
async function asAdministrator(line: string): Promise<void> {
  const ran = await run('bash', ['-o', 'pipefail', '-c', line], {
    env: { ...env, KUBECONFIG: cluster.kubernetes.adminKubeconfig },
    cwd: folder,
  });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
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
  expect(text).toMatch(/^WARNING: user o'stranger@example\.com is authenticated, but may do/);
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
  const args = ['--can-i=create selfsubjectreviews.authentication.k8s.io', '--can-i=list namespaces'];
  const text = await explained('--explain', user, args);
  expect(text).toMatch(/^FAILED: user reader@example\.com is not allowed to list namespaces/);
  const [command = ''] = commandsOf(text);
  expect(command).toContain('--access-level User');
  await asAdministrator(command);
  await cluster.reconcile();
  const after = parsedReport(await explained('--explain=json', user, args));
  expect(after.verdict).toMatchObject({ status: 'ok' });
});
