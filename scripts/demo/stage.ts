import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCa } from '../../test/support/certificates.ts';
import { dexClients, startDex } from '../../test/support/dex.ts';
import { startIdp } from '../../test/support/idp.ts';
import { startApiServer } from './api-server.ts';

/** What the demo plays on: stand-ins or the real servers. */
export interface Stage {
  /** In words, with versions where there are any. */
  readonly cast: readonly string[];
  readonly dexUrl: string;
  readonly apiUrl: string;
  readonly caFile: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly connectorId: string;
  /** An identity token as a CI job would be given it. */
  readonly mint: () => Promise<string>;
  /** How many token requests Dex has had. */
  readonly tokenRequests: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** An IdP, a Dex and an API server as stand-ins within this process, over TLS with a private CA. */
export async function embeddedStage(folder: string): Promise<Stage> {
  const ca = await createCa('dexchange demo CA');
  const tls = await ca.issue({ commonName: 'demo', hosts: ['127.0.0.1', 'localhost'] });
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, ca.certPem);
  const idp = await startIdp();
  const dex = await startDex({ tls, idps: { gitlab: idp } });
  const api = await startApiServer(
    { issuer: dex.issuer, keysUrl: `${dex.url}/keys`, caPem: ca.certPem },
    tls,
  );
  const [client] = dexClients;
  return {
    cast: ['an IdP like GitLab, a Dex stand-in and an API server stand-in, within this process'],
    dexUrl: dex.issuer,
    apiUrl: api.url,
    caFile,
    clientId: client.id,
    clientSecret: client.secret,
    connectorId: 'gitlab',
    mint: () => idp.mintGitlab(),
    tokenRequests: async () => dex.tokenRequests().length,
    close: async () => {
      await Promise.all([idp.close(), dex.close(), api.close()]);
    },
  };
}

/** The servers of the end-to-end harness: Dex, kube-apiserver with etcd, Keycloak. */
export async function realStage(): Promise<Stage> {
  const { startServers } = await import('../../test/e2e/harness/cluster.ts');
  const { connectServers } = await import('../../test/e2e/harness/client.ts');
  const { dexClients: clients, tokenRequests } = await import('../../test/e2e/harness/dex.ts');
  const running = await startServers();
  const servers = connectServers(running.servers);
  return {
    cast: Object.entries(running.servers.versions).map(([name, version]) => `${name} ${version}`),
    dexUrl: servers.dex.issuer,
    apiUrl: servers.kubernetes.url,
    caFile: servers.tls.caFile,
    clientId: clients.ci.id,
    clientSecret: clients.ci.secret,
    connectorId: 'gitlab',
    // An hour, to be played with until Ctrl-C.
    mint: () => servers.mint({ expiresIn: 3600 }),
    tokenRequests: () => tokenRequests(servers.dex),
    close: async () => {
      await servers.stop();
      await running.stop();
    },
  };
}
