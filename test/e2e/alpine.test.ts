import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { builtTarget, repository } from '../support/built-target.ts';
import { cleanRoot } from '../support/clean-root.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { connectServers } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

// The build makes programs of other platforms there only.
const onLinuxX64 = test.skipIf(process.platform !== 'linux' || process.arch !== 'x64');

beforeAll(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const args = ['scripts/build.ts', '--target=linux-musl-x64', '--if-needed'];
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const { code, stderr } = await runToEnd(process.execPath, args, { cwd: repository, env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

/** A root as stock Alpine, with kubectl and a kubeconfig whose plugin is dexchange. */
async function alpine() {
  const root = await cleanRoot('musl', 'x64');
  onTestFinished(root.remove);
  root.put(servers.kubectls.built, 'bin/kubectl');
  root.put(servers.tls.caFile, 'root/dex-ca.pem');
  root.put(servers.kubernetes.caFile, 'root/kubernetes-ca.pem');
  await writeKubeconfig(join(root.path, 'root'), {
    server: servers.kubernetes.url,
    caFile: '/root/kubernetes-ca.pem',
    command: 'dexchange',
    args: [
      ...['get-token', `--dex-url=${servers.dex.issuer}`, `--client-id=${dexClients.ci.id}`],
      ...['--dex-certificate-authority=/root/dex-ca.pem', '--connector-id=gitlab'],
      '--subject-token-env=MY_OIDC_TOKEN',
    ],
  });
  const env = {
    PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    KUBECONFIG: '/root/ci.kubeconfig',
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    MY_OIDC_TOKEN: await servers.mint(),
  };
  const list = () => root.run(['/bin/kubectl', 'get', 'ns', '-o', 'name'], env);
  return { root, list };
}

onLinuxX64('in stock Alpine, kubectl lists namespaces with the program for musl', async () => {
  const { root, list } = await alpine();
  const { folder } = builtTarget('linux-musl-x64');
  for (const part of ['bin', 'lib']) {
    cpSync(join(folder, part), join(root.path, 'usr/local', part), { recursive: true });
  }
  for (const kind of ['miss', 'hit']) {
    const listed = await list();
    expect(listed, kind).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain('namespace/kube-system\n');
  }

  // The words of docs/install.md.
  rmSync(join(root.path, 'usr/local/lib'), { recursive: true });
  expect((await list()).stderr).toContain(
    'Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/local/bin/dexchange)',
  );
});

onLinuxX64('there kubectl does not find the program for glibc', async () => {
  const { root, list } = await alpine();
  root.put(join(repository, 'dist/dexchange'), 'usr/local/bin/dexchange');
  const { code, stderr } = await list();
  expect(code).toBe(1);
  expect(stderr).toContain('fork/exec /usr/local/bin/dexchange: no such file or directory');
});
