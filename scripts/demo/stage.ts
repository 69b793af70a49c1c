import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCa } from '../../test/support/certificates.ts';
import { dexClients, startDex } from '../../test/support/dex.ts';
import { startIdp } from '../../test/support/idp.ts';
import { startApiServer } from './api-server.ts';

/** The servers of the demo: stand-ins or real ones. */
export interface Stage {
  /** Descriptions of the servers, with versions if they have any. */
  readonly servers: readonly string[];
  readonly dexUrl: string;
  readonly apiUrl: string;
  readonly caFile: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly connectorId: string;
  /** Mints an identity token like that of a CI job. */
  readonly mint: () => Promise<string>;
  /** The number of token requests that Dex has received. */
  readonly tokenRequests: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Starts stand-ins for the IdP, Dex and the API server in this process, with a private CA. */
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
    servers: ['stand-ins for GitLab, Dex and the API server, in this process'],
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

/** Starts the servers of the end-to-end tests: Dex, kube-apiserver with etcd, Keycloak. */
export async function realStage(): Promise<Stage> {
  const { startServers } = await import('../../test/e2e/harness/cluster.ts');
  const { connectServers } = await import('../../test/e2e/harness/client.ts');
  const { dexClients: clients, tokenRequests } = await import('../../test/e2e/harness/dex.ts');
  const running = await startServers();
  const servers = connectServers(running.servers);
  return {
    servers: Object.entries(running.servers.versions).map(
      ([name, version]) => `${name} ${version}`,
    ),
    dexUrl: servers.dex.issuer,
    apiUrl: servers.kubernetes.url,
    caFile: servers.tls.caFile,
    clientId: clients.ci.id,
    clientSecret: clients.ci.secret,
    connectorId: 'gitlab',
    // Long enough to try the servers until Ctrl-C.
    mint: () => servers.mint({ expiresIn: 3600 }),
    tokenRequests: () => tokenRequests(servers.dex),
    close: async () => {
      await servers.stop();
      await running.stop();
    },
  };
}
