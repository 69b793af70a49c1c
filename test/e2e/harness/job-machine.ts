import { join, resolve } from 'node:path';
import { writeKubeconfig } from '../../support/kubeconfig.ts';
import type { connectServers } from './client.ts';
import { dexClients } from './dex.ts';

type Servers = ReturnType<typeof connectServers>;

/** The packaged program. */
export const packagedProgram = resolve(import.meta.dirname, '../../../dist/dexchange');

/** Flags of a call that exchanges the token of the job at Dex. */
export function exchangeFlags({ dex, tls }: Servers): readonly string[] {
  return [
    `--dex-url=${dex.issuer}`,
    `--dex-certificate-authority=${tls.caFile}`,
    `--client-id=${dexClients.ci.id}`,
    '--connector-id=gitlab',
    '--subject-token-env=CI_TOKEN',
  ];
}

/** A machine of a job: its home, a kubeconfig that runs dexchange, and its environment. */
export async function jobMachine(servers: Servers) {
  const home = await servers.folder('home of a runner');
  const { url, caFile } = servers.kubernetes;
  const kubeconfig = await writeKubeconfig(home, {
    ...{ server: url, caFile, command: packagedProgram },
    args: ['get-token', ...exchangeFlags(servers)],
  });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    // The folders of its runs, which other tests must not see.
    XDG_RUNTIME_DIR: home,
    KUBECACHEDIR: join(home, 'kube-cache'),
    KUBECTL: servers.kubectls.built,
    DEXCHANGE: packagedProgram,
    CI_TOKEN: await servers.mint(),
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
  };
  return { home, kubeconfig, env };
}
