import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectedServers } from '../harness/client.ts';
import { type DeckhouseCluster, startDeckhouseCluster } from './cluster.ts';

/** A cluster, and the machine of its administrator. */
export interface AdministeredCluster {
  readonly cluster: DeckhouseCluster;
  /** The working folder of the administrator. */
  readonly folder: string;
  /** Reaches the cluster, whose hosts only its proxy resolves, and trusts its CAs. */
  readonly env: Record<string, string | undefined>;
}

/**
 * Starts a cluster with the parts of Deckhouse, and prepares the environment of its administrator.
 * @param folderName the name of the working folder
 */
export async function startAdministeredCluster(
  servers: ConnectedServers,
  folderName: string,
): Promise<AdministeredCluster> {
  const cluster = await startDeckhouseCluster(servers);
  const folder = await servers.folder(folderName);
  const cas = join(folder, 'cas.crt');
  await writeFile(cas, cluster.caPem + servers.tls.caPem);
  return {
    cluster,
    folder,
    env: {
      ...(await servers.cleanEnvironment()),
      KUBECONFIG: cluster.kubernetes.adminKubeconfig,
      HTTPS_PROXY: cluster.proxy.url,
      // The Python client uses the proxy for loopback addresses, too.
      NO_PROXY: '127.0.0.1',
      DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: cas,
    },
  };
}
