import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, inject, test } from 'vitest';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { connectServers } from './harness/client.ts';
import { type DexAddress, dexClients } from './harness/dex.ts';
import type { KubernetesAddress } from './harness/kubernetes.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const command = resolve(import.meta.dirname, '../../dist/dexchange');

/** Creates a home folder with a kubeconfig that exchanges `token` at `dex`; returns its kubectl. */
async function runner(dex: DexAddress, kubernetes: KubernetesAddress, token: string) {
  const home = await servers.folder('home');
  const kubeconfig = await writeKubeconfig(home, {
    server: kubernetes.url,
    caFile: kubernetes.caFile,
    command,
    args: [
      'get-token',
      `--dex-url=${dex.issuer}`,
      `--dex-certificate-authority=${servers.tls.caFile}`,
      `--client-id=${dexClients.ci.id}`,
      '--connector-id=gitlab',
      '--subject-token-env=CI_TOKEN',
    ],
  });
  let runs = 0;
  return (args: readonly string[], program = servers.kubectls.built) => {
    runs += 1;
    return servers.kubectl(args, {
      kubeconfig,
      program,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        KUBECACHEDIR: join(home, `kube-cache-${runs}`),
        DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
        CI_TOKEN: token,
      },
    });
  };
}

test.each(Object.entries(servers.kubectls))(
  'a denied subject token costs the %s kubectl one request to Dex, not five or six',
  async (_name, program) => {
    const dex = await servers.startDex();
    const token = await servers.mint({ kind: 'expired' });
    const kubectl = await runner(dex, servers.kubernetes, token);
    const count = await servers.countTokenRequests(dex, async () => {
      const ran = await kubectl(['get', 'pods'], program);
      expect(ran.code).not.toBe(0);
      const messages =
        ran.stderr.match(/^dexchange: Dex denied the (?:id_token|identity token)\b.*$/gm) ?? [];
      expect(messages.length).toBeGreaterThan(1);
      expect(ran.stderr).toContain('set --no-cache or DEXCHANGE_NO_CACHE=true');
    });
    expect(count).toBe(1);
  },
);

test('a credential that the API server no longer accepts is renewed, once', async () => {
  const dex = await servers.startDex();
  const exchanged = async (): Promise<string> =>
    servers.exchangedToken({ subjectToken: await servers.mint() }, dex);
  const kubernetes = await servers.startKubernetes([
    { issuer: dex.issuer, caPem: servers.tls.caPem, token: exchanged },
  ]);
  const kubectl = await runner(dex, kubernetes, await servers.mint());
  const listed = { code: 0, stdout: expect.stringContaining('namespace/kube-system') };
  const list = ['get', 'ns', '-o', 'name'];
  expect(await kubectl(list)).toMatchObject(listed);

  // The restart replaces the keys of Dex. The API server would keep the old ones for ten minutes.
  await dex.restart();
  await kubernetes.restart();
  // A credential younger than ten seconds is not considered rejected.
  await pause(11_000);

  const count = await servers.countTokenRequests(dex, async () => {
    // client-go uses the renewed credential for its next request. With an empty discovery cache
    // this command makes such a request; otherwise the next command does.
    await kubectl(list);
    expect(await kubectl(list)).toMatchObject({ ...listed, stderr: '' });
    expect(await kubectl(list)).toMatchObject({ ...listed, stderr: '' });
  });
  expect(count).toBe(1);
});
