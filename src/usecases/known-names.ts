import type { Settings } from '../config/resolve.ts';
import { type KubeconfigPorts, selectedContext } from '../inputs/kubeconfig.ts';
import { type ConnectPorts, withContextApi } from '../kubernetes/client/connect.ts';
import { isDexchangeEntry } from '../kubernetes/client/dexchange-entry.ts';
import { field, items, text } from '../kubernetes/object-fields.ts';

/** What of a cluster is named. */
export type NamedObject = 'namespace' | 'connector-id' | 'service-account';

/**
 * The names of objects in the cluster of a context, for completion. Runs no plugin but dexchange,
 * since others may open a browser or prompt.
 * @param timeoutMs from the start of the process
 * @returns nothing for a context whose plugin it does not run, or if the request is denied
 * @throws DexchangeError kubeconfig_*, url_insecure, server_*, proxy_failed
 */
export async function namesInCluster(
  kind: NamedObject,
  settings: Settings,
  timeoutMs: number,
  ports: KubeconfigPorts & ConnectPorts,
): Promise<readonly string[]> {
  const { context } = selectedContext(settings, ports);
  const { exec } = context.user;
  if (exec !== undefined && !isDexchangeEntry(exec)) return [];
  return withContextApi(context, { timeoutMs }, ports, async (api) => {
    const namespace = settings.value('namespace') ?? context.namespace ?? 'default';
    const { status, json } = await api.send({ method: 'GET', path: pathOf(kind, namespace) });
    return status === 200 ? namesOf(json) : [];
  });
}

function pathOf(kind: NamedObject, namespace: string): string {
  switch (kind) {
    case 'namespace':
      return '/api/v1/namespaces?limit=500';
    case 'connector-id':
      return '/apis/deckhouse.io/v1/dexproviders?limit=500';
    case 'service-account':
      return `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts?limit=500`;
  }
}

function namesOf(list: unknown): readonly string[] {
  return items(list)
    .map((item) => text(field(item, 'metadata', 'name')))
    .filter((name) => name !== undefined);
}
