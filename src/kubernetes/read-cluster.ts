import { DexchangeError } from '../errors.ts';
import type { KubernetesApi } from './client/api.ts';
import { apiDenial } from './client/api-denial.ts';
import { deckhouseGroupPath, type Permission, type Sought } from './deckhouse.ts';

/** What came of looking for something. */
export type Reading<T> =
  | { readonly found: true; readonly value: T; readonly place: string }
  | { readonly found: false; readonly error: DexchangeError };

/**
 * Looks for something in its places, in their order. A place that may not be read is remembered
 * and the others are tried: where all fail, that it is forbidden is the better answer.
 * @throws DexchangeError api_unauthorized, api_refused, server_*: then no place can be read
 */
export async function readCluster<T>(api: KubernetesApi, sought: Sought<T>): Promise<Reading<T>> {
  let forbidden: DexchangeError | undefined;
  for (const place of sought.places) {
    const response = await api.send({ method: 'GET', path: place.path });
    if (response.status === 200) {
      const value = place.pick(response.json);
      if (value !== undefined) return { found: true, value, place: place.name };
      continue;
    }
    const error = apiDenial(response, api, {
      what: `read ${place.name}`,
      ifForbidden: `ask a cluster administrator to run: ${grantCommand(place.permission)}, and to bind it to that user`,
      ifMissing: sought.ifMissing,
    });
    if (error.code === 'api_forbidden') forbidden ??= error;
    else if (error.code !== 'api_missing') throw error;
  }
  const places = sought.places.map(({ name }) => name).join(', nor in ');
  return {
    found: false,
    error:
      forbidden ??
      new DexchangeError('api_missing', `${sought.what} is not in ${places}`, {
        hint: sought.ifMissing,
      }),
  };
}

/**
 * Makes sure that the cluster is one of Deckhouse.
 * @throws DexchangeError api_missing; api_* and server_* if it cannot be asked
 */
export async function requireDeckhouse(api: KubernetesApi): Promise<void> {
  const response = await api.send({ method: 'GET', path: deckhouseGroupPath });
  if (response.status === 200) return;
  if (response.status === 404) {
    throw new DexchangeError(
      'api_missing',
      `${api.server} has no Deckhouse: there is no API group deckhouse.io`,
      {
        hint: 'nothing can be discovered: give --server, and for token exchange --dex-url and --client-id',
      },
    );
  }
  throw apiDenial(response, api, {
    what: 'read the API groups',
    ifForbidden: 'kubectl get clusterrolebinding system:discovery shows who may',
    ifMissing: '',
  });
}

function grantCommand({ verb, resource, name, namespace }: Permission): string {
  const role = namespace === undefined ? 'create clusterrole' : `-n ${namespace} create role`;
  const named = name === undefined ? '' : ` --resource-name=${name}`;
  return `kubectl ${role} dexchange-reader --verb=${verb} --resource=${resource}${named}`;
}
