import { DexchangeError } from '../errors.ts';
import { isKubernetesStatus } from '../http/kubernetes-status.ts';
import { isRecord } from '../json.ts';
import { quoteId } from '../sanitize.ts';
import type { KubernetesApi } from './client/api.ts';
import { apiDenial } from './client/api-denial.ts';
import type { ClusterValue, Permission } from './cluster-value.ts';
import { deckhouseGroupPath } from './deckhouse.ts';
import { grantCommand } from './grant.ts';
import { reviewSelf } from './self-review.ts';

/** A value that was read from a cluster, or the error if it was not found. */
export type ReadResult<T> =
  | { readonly found: true; readonly value: T; readonly location: string }
  | {
      readonly found: false;
      readonly error: DexchangeError;
      /** The permissions for the locations that the user is not allowed to read. */
      readonly forbidden: readonly Permission[];
    };

/**
 * Reads a value from its possible locations in order. If it is in none of them and one of them is
 * forbidden, the result is api_forbidden rather than api_missing.
 * @throws DexchangeError api_unauthorized, api_refused, server_*
 */
export async function readCluster<T>(
  api: KubernetesApi,
  wanted: ClusterValue<T>,
): Promise<ReadResult<T>> {
  let denial: DexchangeError | undefined;
  const forbidden: Permission[] = [];
  for (const location of wanted.locations) {
    const response = await api.send({ method: 'GET', path: location.path });
    // A body that is not an object is a page of a proxy, or of a login.
    if (response.status === 200 && isRecord(response.json)) {
      const value = location.pick(response.json);
      if (value !== undefined) return { found: true, value, location: location.name };
      continue;
    }
    const caller = response.status === 403 ? await callerOf(api) : undefined;
    const error = apiDenial(response, api, {
      what: `read ${location.name}`,
      ifForbidden:
        wanted.ifForbidden ??
        `ask a cluster administrator to run \`${grantCommand(location.permission, caller)}\``,
      ifMissing: wanted.ifMissing,
    });
    if (error.code === 'api_forbidden') {
      denial ??= error;
      forbidden.push(location.permission);
    } else if (error.code !== 'api_missing') throw error;
  }
  const locations = wanted.locations.map(({ name }) => name).join(', nor in ');
  const missing = wanted.missing ?? `${wanted.title} is not in ${locations}`;
  return {
    found: false,
    forbidden,
    error: denial ?? new DexchangeError('api_missing', missing, { hint: wanted.ifMissing }),
  };
}

/** The users of APIs, each asked for once, since a user may lack several permissions. */
const callers = new WeakMap<KubernetesApi, Promise<string | undefined>>();

/** The name of the user of an API; undefined if the API server does not say. */
export function callerOf(api: KubernetesApi): Promise<string | undefined> {
  const known = callers.get(api) ?? reviewSelf(api).then(({ user }) => user?.username);
  callers.set(api, known);
  return known;
}

/** What to do about a cluster without Deckhouse. */
export const selectCluster = 'select a cluster with Deckhouse with --kubeconfig and --context';

/** What to do about a cluster without Deckhouse, for commands that only read the cluster. */
export const readElsewhere = `${selectCluster}; without Deckhouse, set --server, --dex-url, --client-id and --connector-id for a kubeconfig (see \`dexchange help kubeconfig\`)`;

/** What to do about it in `kubeconfig --discover`. */
export const writeUndiscovered = `${selectCluster}; without Deckhouse, omit --discover and set --server, and for token exchange --dex-url, --client-id and --connector-id`;

/**
 * Verifies that the cluster runs Deckhouse.
 * @param otherwise what to do if it does not
 * @throws DexchangeError api_missing if it does not; api_refused if the server is not a Kubernetes API;
 *   api_* and server_* if a request fails
 */
export async function requireDeckhouse(api: KubernetesApi, otherwise: string): Promise<void> {
  const response = await api.send({ method: 'GET', path: deckhouseGroupPath });
  if (response.status === 200 && isRecord(response.json)) return;
  if (response.status === 404) {
    await requireKubernetes(api);
    throw new DexchangeError(
      'api_missing',
      `the cluster of context ${quoteId(api.context, 80)} (${api.server}) has no Deckhouse: there is no API group deckhouse.io`,
      { hint: otherwise },
    );
  }
  throw apiDenial(response, api, {
    what: 'read the API groups',
    ifForbidden: 'check who is allowed to: `kubectl get clusterrolebinding system:discovery`',
    ifMissing: '',
  });
}

/**
 * Dex and web servers answer 404 too. kube-apiserver sends its version, or a Status if it denies that;
 * an unknown API group gets plain text from it, as from Dex.
 */
async function requireKubernetes(api: KubernetesApi): Promise<void> {
  const { status, json } = await api.send({ method: 'GET', path: '/version' });
  if (isRecord(json) && ('gitVersion' in json || isKubernetesStatus(json))) return;
  throw new DexchangeError(
    'api_refused',
    `${api.server} is not a Kubernetes API: it answers /version with ${status}, but not as one`,
    {
      hint: `correct server of the cluster of context ${quoteId(api.context, 80)} in the kubeconfig, or set --context to another context`,
    },
  );
}
