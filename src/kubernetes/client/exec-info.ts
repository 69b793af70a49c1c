import type { Cluster, ExecEntry } from '../kubeconfig/context.ts';

/**
 * Formats KUBERNETES_EXEC_INFO for a plugin, like client-go (`ExecCredential`). Contains the cluster if
 * the entry has provideClusterInfo; its CA is always data, not a path.
 * @param authorityPem the CA of the cluster; undefined if it has none
 */
export function execInfoOf(
  cluster: Cluster,
  entry: ExecEntry,
  authorityPem: string | undefined,
): string {
  const clusterInfo = {
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
    spec: { interactive: false, ...(entry.provideClusterInfo ? { cluster: clusterInfo } : {}) },
  });
}
