import type { Cluster, ExecEntry } from '../kubeconfig/context.ts';

/**
 * What KUBERNETES_EXEC_INFO says to a plugin (client-go, `ExecCredential`): the cluster only if the
 * entry has provideClusterInfo, its CA always as data.
 * @param authorityPem the CA of the cluster; undefined if it has none
 */
export function execInfoOf(
  cluster: Cluster,
  entry: ExecEntry,
  authorityPem: string | undefined,
): string {
  const told = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.insecureSkipTlsVerify || undefined,
    'certificate-authority-data':
      authorityPem === undefined ? undefined : Buffer.from(authorityPem).toString('base64'),
    'proxy-url': cluster.proxyUrl,
    'disable-compression': cluster.disableCompression,
    config: cluster.execExtension ?? null,
  };
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: entry.apiVersion,
    spec: { interactive: false, ...(entry.provideClusterInfo ? { cluster: told } : {}) },
  });
}
