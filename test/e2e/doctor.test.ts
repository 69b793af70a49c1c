import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import type { CheckName, CheckState, DoctorReport } from '../../src/explain/doctor/report.ts';
import { createCa } from '../support/certificates.ts';
import { parsedDoctor } from '../support/doctor-schema.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const command = resolve(import.meta.dirname, '../../dist/dexchange');

interface Setup {
  /** Default: the id_token of a GitLab job. */
  readonly token?: string;
  readonly client?: { readonly id: string; readonly secret: string };
  readonly serverCa?: string;
  readonly exec?: string;
  readonly dexUrl?: string;
  readonly connector?: string;
}

interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

/** A job with kubectl and the plugin in PATH and the kubeconfig of the guide. */
async function machineOf(setup: Setup = {}): Promise<Machine> {
  const folder = await servers.folder('doctor');
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await symlink(servers.kubectls.built, join(bin, 'kubectl'));
  await symlink(command, join(bin, 'dexchange'));
  const client = setup.client ?? dexClients.ci;
  const path = await writeKubeconfig(folder, {
    server: servers.kubernetes.url,
    caFile: setup.serverCa ?? servers.kubernetes.caFile,
    command: setup.exec ?? 'dexchange',
    args: [
      'get-token',
      `--dex-url=${setup.dexUrl ?? servers.dex.issuer}`,
      `--certificate-authority=${servers.tls.caFile}`,
      `--client-id=${client.id}`,
      `--connector-id=${setup.connector ?? 'gitlab'}`,
    ],
  });
  return {
    folder,
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      HOME: folder,
      KUBECONFIG: path,
      DEXCHANGE_CLIENT_SECRET: client.secret,
      SUBJECT_TOKEN: setup.token ?? (await servers.mint()),
    },
  };
}

async function doctor(
  { env }: Machine,
  args: readonly string[] = [],
): Promise<{ report: DoctorReport; state: (name: CheckName) => CheckState | undefined }> {
  const ran = await run(command, ['doctor', '-o', 'json', ...args], { env });
  expect(ran.stderr).toBe('');
  const report = parsedDoctor(ran.stdout);
  expect(ran.code).toBe(report.verdict.exitCode);
  expect(ran.stdout).not.toContain(env['SUBJECT_TOKEN']);
  expect(ran.stdout).not.toContain(env['DEXCHANGE_CLIENT_SECRET']);
  return { report, state: (name) => report.checks.find((check) => check.name === name)?.state };
}

/** The text that a person sees in a log. */
async function text({ env }: Machine, args: readonly string[] = []): Promise<Ran> {
  return run(command, ['doctor', ...args], { env });
}

test('a setup that works passes every check', async () => {
  const machine = await machineOf();
  const { report } = await doctor(machine, ['--can-i', 'list namespaces']);
  expect(report.checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'kubectl ok',
    'kubeconfig ok',
    'plugin ok',
    'settings ok',
    'identity-source ok',
    'identity-token ok',
    'dex ok',
    'exchange ok',
    'claims ok',
    'groups ok',
    'api ok',
    'permissions ok',
    'clock ok',
    'cache ok',
    'proxy ok',
  ]);
  expect(report.verdict).toMatchObject({ status: 'ok', exitCode: 0, check: null });
  const ran = await text(machine);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^OK: \d+ checks passed; \S+ over TLSv1\.3 in \d+ ms\s+authenticates/);
  // The second call takes the credential of the first.
  expect(ran.stdout).toMatch(/^skipped {2}exchange +not needed: the credential is cached$/m);
  expect(ran.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

describe('a setup with', () => {
  test('a DexClient without the annotation', async () => {
    const { report, state } = await doctor(await machineOf({ client: dexClients.untrusted }));
    expect(report.verdict).toMatchObject({
      status: 'failed',
      check: 'exchange',
      error: 'dex_audience_untrusted',
      exitCode: 4,
    });
    expect(report.verdict.causes[0]?.fix).toMatch(/annotat/);
    expect([state('dex'), state('claims'), state('api')]).toEqual(['ok', 'skipped', 'skipped']);
  });

  test('an expired identity token', async () => {
    const token = await servers.mint({ kind: 'expired' });
    const machine = await machineOf({ token });
    const { report } = await doctor(machine);
    expect(report.verdict).toMatchObject({ check: 'exchange', exitCode: 4 });
    const ran = await text(machine);
    expect(ran.stdout.split('\n').slice(0, 12).join('\n')).toMatch(/expired/);
  });

  test('a user without permissions', async () => {
    const token = await servers.mint({ claims: { user_email: 'stranger@example.com' } });
    const machine = await machineOf({ token });
    const { report } = await doctor(machine, ['--can-i=list secrets', '--can-i', 'get pods']);
    const asked = report.checks.filter(({ name }) => name === 'permissions');
    expect(asked.map(({ state, code }) => [state, code])).toEqual([
      ['failed', 'api_forbidden'],
      ['failed', 'api_forbidden'],
    ]);
    expect(report.verdict).toMatchObject({ check: 'permissions', exitCode: 6 });
    expect(report.verdict.causes.map(({ fix }) => fix).join()).toMatch(/manifests token-exchange/);
    const unasked = await doctor(machine);
    expect(unasked.state('permissions')).toBe('warning');
    expect(unasked.report.verdict).toMatchObject({ check: 'permissions', exitCode: 0 });
  });

  test('groups that Dex drops', async () => {
    const config = {
      issuer: servers.gitlab.issuer,
      clientID: 'dex',
      clientSecret: 'x',
      redirectURI: 'https://127.0.0.1/callback',
      rootCAs: [servers.tls.caFile],
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      insecureSkipEmailVerified: true,
    };
    const dex = await servers.startDex({
      connectors: [{ type: 'oidc', id: 'nogroups', name: 'without groups', config }],
    });
    const token = await servers.mint({ groups: ['admins', 'deployers'] });
    const { report } = await doctor(
      await machineOf({ token, dexUrl: dex.issuer, connector: 'nogroups' }),
    );
    const groups = report.checks.find(({ name }) => name === 'groups');
    expect(groups?.state).toBe('warning');
    expect(groups?.found).toContain('admins, deployers');
    expect(groups?.fix).toMatch(/claimMapping\.groups: groups in DexProvider nogroups/);
  });

  test('the wrong CA for the API server', async () => {
    const { certPem } = await createCa('another');
    const serverCa = join(await servers.folder('ca'), 'ca.crt');
    await writeFile(serverCa, certPem);
    const { report, state } = await doctor(await machineOf({ serverCa }));
    expect(report.verdict).toMatchObject({ check: 'api', error: 'server_tls', exitCode: 5 });
    expect([state('exchange'), state('claims')]).toEqual(['ok', 'ok']);
    expect(report.verdict.causes[0]?.fix).toMatch(/certificate-authority-data/);
  });

  test('a plugin that is not in PATH', async () => {
    const machine = await machineOf({ exec: 'kubectl-dexchange' });
    const { report } = await doctor(machine);
    expect(report.verdict).toMatchObject({ check: 'plugin', exitCode: 2 });
    const [cause] = report.verdict.causes;
    const [, words = ''] = /`(install .*?)`/.exec(cause?.fix ?? '') ?? [];
    const target = join(machine.folder, 'bin/kubectl-dexchange');
    // The command as it is printed, but into a folder of the test.
    const installed = words.replace('/usr/local/bin/kubectl-dexchange', target);
    expect(installed).toContain(target);
    expect(await run('sh', ['-c', installed], { env: machine.env })).toMatchObject({ code: 0 });
    const again = await doctor(machine);
    expect(again.state('plugin')).toBe('ok');
    expect(again.report.verdict.exitCode).toBe(0);
  });

  test('a plugin whose loader is missing, as on Alpine', async () => {
    const machine = await machineOf({ exec: 'dexchange-alpine' });
    const program = join(machine.folder, 'bin/dexchange-alpine');
    await writeFile(program, '#!/lib/ld-linux-of-another-system.so.2\n');
    await chmod(program, 0o755);
    const { report } = await doctor(machine);
    expect(report.verdict).toMatchObject({ check: 'plugin', exitCode: 2 });
    expect(report.verdict.summary).toMatch(/exists, but \/lib\/ld-linux-of-another-system/);
    expect(report.verdict.causes[0]?.fix).toMatch(/Alpine \(musl\)/);
  });
});

test('checks the kubeconfig of an administrator: its user instead of an exchange', async () => {
  const { folder, env } = await machineOf();
  const { KUBECONFIG: _, ...bare } = env;
  const machine = { folder, env: { ...bare, KUBECONFIG: servers.kubernetes.adminKubeconfig } };
  const { report, state } = await doctor(machine);
  expect(report.verdict).toMatchObject({ exitCode: 0 });
  expect([state('exchange'), state('api'), state('permissions')]).toEqual(['skipped', 'ok', 'ok']);
  const admin = await doctor(machine, ['--for=admin']);
  // The cluster of these tests is not a Deckhouse cluster.
  expect(admin.report.verdict).toMatchObject({ check: 'cluster', exitCode: 6 });
});
