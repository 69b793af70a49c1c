import type { Cluster, User } from './context.ts';
import type { KubeconfigEntries } from './entries.ts';

/** The cluster that the commands of a run use. */
export interface RunTarget {
  /** The name of the context, which scripts can select. */
  readonly context: string;
  readonly cluster: Cluster;
  readonly namespace: string | undefined;
  /** The user that the context impersonates, who may have fewer permissions than the credential. */
  readonly impersonate: User['impersonate'];
}

/**
 * The credential of a kubeconfig: the absolute path of a token file, which clients reread (client-go once a
 * minute), or the token itself.
 */
export type RunUser = { readonly tokenFile: string } | { readonly token: string };

/** Formats a kubeconfig with one context, whose user has the token. It is JSON, which is also YAML. */
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

/** Builds the entries of the cluster, a user `dexchange` and the context. */
export function runEntries(target: RunTarget, user: RunUser): KubeconfigEntries {
  const { cluster, namespace, context, impersonate } = target;
  const { name } = cluster;
  return {
    cluster: { name, fields: clusterFields(cluster) },
    user: { name: 'dexchange', fields: { ...user, ...impersonation(impersonate) } },
    context: { name: context, fields: given({ cluster: name, user: 'dexchange', namespace }) },
  };
}

function impersonation(as: User['impersonate']): Readonly<Record<string, unknown>> {
  if (as === undefined) return {};
  const { user, uid, groups, extra } = as;
  return given({ as: user, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra });
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
