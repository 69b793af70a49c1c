import type { Cluster } from './context.ts';
import type { KubeconfigEntries } from './entries.ts';

/** Where the commands of a run go: a cluster, and the namespace of its context. */
export interface RunTarget {
  readonly cluster: Cluster;
  readonly namespace: string | undefined;
}

/**
 * The credential of a kubeconfig: an absolute path, which clients read again (client-go once a
 * minute), or the token itself.
 */
export type RunUser = { readonly tokenFile: string } | { readonly token: string };

/** A kubeconfig with one context, whose user has a token. JSON, which is YAML too. */
export function runKubeconfig(target: RunTarget, user: RunUser): string {
  const { cluster, user: userEntry, context } = runEntries(target, user);
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: cluster.name, cluster: cluster.fields }],
      users: [{ name: userEntry.name, user: userEntry.fields }],
      contexts: [{ name: context.name, context: context.fields }],
      'current-context': context.name,
    },
    undefined,
    2,
  )}\n`;
}

/** The entries of a cluster, a user `dexchange` and a context, which has the name of the cluster. */
export function runEntries({ cluster, namespace }: RunTarget, user: RunUser): KubeconfigEntries {
  const { name } = cluster;
  return {
    cluster: { name, fields: clusterFields(cluster) },
    user: { name: 'dexchange', fields: user },
    context: { name, fields: given({ cluster: name, user: 'dexchange', namespace }) },
  };
}

function clusterFields(cluster: Cluster): Readonly<Record<string, unknown>> {
  const authority = cluster.certificateAuthority;
  return given({
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
  });
}

/** The fields that have a value. */
function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
