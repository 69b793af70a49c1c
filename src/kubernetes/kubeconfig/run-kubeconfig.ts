import type { Cluster, User } from './context.ts';

/** Where the commands of a run go. */
export interface RunTarget {
  /** The name of the context, which scripts may select. */
  readonly context: string;
  readonly cluster: Cluster;
  readonly namespace: string | undefined;
  /** As whom the user of the context acts, which is less than its credential allows, as a rule. */
  readonly impersonate: User['impersonate'];
}

/**
 * A kubeconfig with one context, whose user has its token in a file. JSON, which is YAML too.
 * @param tokenFile absolute; clients read it again, client-go once a minute
 */
export function runKubeconfig(target: RunTarget, tokenFile: string): string {
  const { cluster, namespace, context } = target;
  const { name } = cluster;
  const user = { tokenFile, ...impersonation(target.impersonate) };
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: clusterFields(cluster) }],
      users: [{ name: 'dexchange', user }],
      contexts: [{ name: context, context: { cluster: name, user: 'dexchange', namespace } }],
      'current-context': context,
    },
    undefined,
    2,
  )}\n`;
}

function impersonation(as: User['impersonate']): Readonly<Record<string, unknown>> {
  if (as === undefined) return {};
  const { user, uid, groups, extra } = as;
  return { as: user, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra };
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
