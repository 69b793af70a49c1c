import type { Cluster } from './context.ts';

/** Where the commands of a run go: a cluster, and the namespace of its context. */
export interface RunTarget {
  readonly cluster: Cluster;
  readonly namespace: string | undefined;
}

/**
 * A kubeconfig with one context, whose user has its token in a file. JSON, which is YAML too.
 * @param tokenFile absolute; clients read it again, client-go once a minute
 */
export function runKubeconfig({ cluster, namespace }: RunTarget, tokenFile: string): string {
  const { name } = cluster;
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: clusterFields(cluster) }],
      users: [{ name: 'dexchange', user: { tokenFile } }],
      contexts: [{ name, context: { cluster: name, user: 'dexchange', namespace } }],
      'current-context': name,
    },
    undefined,
    2,
  )}\n`;
}

function clusterFields(cluster: Cluster): Readonly<Record<string, unknown>> {
  const authority = cluster.certificateAuthority;
  return {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.insecureSkipTlsVerify || undefined,
    ...(authority === undefined
      ? {}
      : 'pem' in authority
        ? { 'certificate-authority-data': Buffer.from(authority.pem).toString('base64') }
        : { 'certificate-authority': authority.path }),
    'proxy-url': cluster.proxyUrl,
    'disable-compression': cluster.disableCompression,
  };
}
