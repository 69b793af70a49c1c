import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { createCa } from '../support/certificates.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { connectServers, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const command = resolve(import.meta.dirname, '../../dist/dexchange');

async function whoAmI(
  user: Readonly<Record<string, unknown>>,
  more: { server?: string; env?: NodeJS.ProcessEnv; args?: readonly string[] } = {},
) {
  const folder = await servers.folder('whoami');
  const path = join(folder, 'config');
  const { url, caPem } = servers.kubernetes;
  const cluster = {
    server: more.server ?? url,
    'certificate-authority-data': Buffer.from(caPem).toString('base64'),
  };
  await writeFile(
    path,
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const env = { PATH: process.env['PATH'], HOME: folder, ...more.env };
  return run(command, ['whoami', '--kubeconfig', path, ...(more.args ?? [])], { env });
}

test('prints the user and groups of a token, from a token file as JSON, too', async () => {
  const { adminToken } = servers.kubernetes;
  const ran = await whoAmI({ token: adminToken });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^user +admin$/m);
  expect(ran.stdout).toMatch(/^groups +system:masters$/m);
  expect(ran.stdout).toMatch(/^server +https:.* \(v1\.36\.\d+\)$/m);
  expect(ran.stdout).not.toContain(adminToken);

  const folder = await servers.folder('token');
  await writeFile(join(folder, 'the token'), `${adminToken}\n`);
  const fromFile = await whoAmI({ tokenFile: join(folder, 'the token') }, { args: ['-o', 'json'] });
  expect(JSON.parse(fromFile.stdout)).toMatchObject({
    username: 'admin',
    credential: { kind: 'token file', endsAt: null },
    version: expect.stringMatching(/^v1\.36/),
  });
});

test('prints when a Dex token expires', async () => {
  const token = await servers.exchangedToken({ subjectToken: await servers.mint() });
  const ran = await whoAmI({ token });
  expect(ran.stdout).toMatch(/^user +deployer@example\.com$/m);
  expect(ran.stdout).toMatch(/^credential +token of the kubeconfig, expires in 9 min /m);
});

test('runs this program as a plugin, and names its failure', async () => {
  const folder = await servers.folder('home');
  const path = await writeKubeconfig(folder, {
    server: servers.kubernetes.url,
    caFile: servers.kubernetes.caFile,
    command,
    args: [
      'get-token',
      `--dex-url=${servers.dex.issuer}`,
      `--certificate-authority=${servers.tls.caFile}`,
      `--client-id=${dexClients.ci.id}`,
      '--connector-id=gitlab',
      '--subject-token-env=CI_TOKEN',
    ],
  });
  const call = async (token: string) =>
    run(command, ['whoami'], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        KUBECONFIG: path,
        DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
        CI_TOKEN: token,
      },
    });
  const good = await call(await servers.mint());
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(good.stdout).toMatch(/^credential +plugin dexchange, expires in 9 min /m);

  const bad = await call(await servers.mint({ kind: 'expired' }));
  expect(bad).toMatchObject({ code: 4, stdout: '' });
  expect(bad.stderr).toMatch(
    /^dexchange: Dex denied the identity token: it expired .* \(dex_subject_token_expired\)\nhint: .+; run `dexchange get-token --explain --context ci`\n$/,
  );
});

test('prints the user and expiry of a client certificate', async () => {
  const ca = await createCa();
  const folder = await servers.folder('client-ca');
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, ca.certPem);
  const kubernetes = await servers.startKubernetes([], { flags: [`--client-ca-file=${caFile}`] });
  const pair = await ca.issue({
    commonName: 'jane',
    organizations: ['developers'],
    hosts: [],
    client: true,
  });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const ran = await whoAmI(
    {
      'client-certificate-data': base64(pair.certPem),
      'client-key-data': base64(pair.keyPem),
    },
    { server: kubernetes.url },
  );
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^user +jane$/m);
  expect(ran.stdout).toMatch(/^groups +developers$/m);
  expect(ran.stdout).toMatch(
    /^credential +client certificate of the kubeconfig, expires in 89 days/m,
  );
});

test.each([
  [
    'an unknown token',
    { token: 'unknown-t0ken' },
    /does not accept the token of context x \(401\)/,
  ],
  ['no credential', {}, /system:anonymous.* context x has no credential/],
])('%s ends with exit code 6 and a hint', async (_what, user, message) => {
  const ran = await whoAmI(user);
  expect(ran).toMatchObject({ code: 6, stdout: '' });
  expect(ran.stderr).toMatch(message);
  expect(ran.stderr).toMatch(/^hint: /m);
  expect(ran.stderr).not.toContain('unknown-t0ken');
});
