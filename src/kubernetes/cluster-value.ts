import { field } from './object-fields.ts';

/** A value to read from a cluster, and its possible locations in order. */
export interface ClusterValue<T> {
  /** The name of the value in messages: `the address of the API`. */
  readonly title: string;
  readonly locations: readonly ValueLocation<T>[];
  /** The error if it is in none of them; undefined if `title` and the locations say it. */
  readonly missing?: string;
  /** The hint if it is in none of them. */
  readonly ifMissing: string;
  /** The hint if reading it is forbidden and should stay so; undefined if it can be allowed. */
  readonly ifForbidden?: string;
}

/** An object in a cluster that can contain a value. */
export interface ValueLocation<T> {
  /** The kind and name of the object, as in kubectl: `ingress d8-user-authn/kubernetes-api`. */
  readonly name: string;
  /** The path of the API request. */
  readonly path: string;
  /** The permission that reading it requires. */
  readonly permission: Permission;
  /** Extracts the value from the object; undefined if it does not contain it. */
  readonly pick: (object: unknown) => T | undefined;
}

/** The parameters of `kubectl create role`. */
export interface Permission {
  readonly verb: 'get' | 'list';
  /** The plural name with its group: `ingresses.networking.k8s.io`. */
  readonly resource: string;
  readonly name?: string;
  /** Undefined for cluster-scoped resources, and for all namespaces. */
  readonly namespace?: string;
}

/** The namespace of the module user-authn. */
export const authnNamespace = 'd8-user-authn';

/**
 * A value in a Secret.
 * @param keys its possible keys in order
 * @param convert changes the text, or returns undefined if it is not the value
 */
export function secretLocation(
  namespace: string,
  name: string,
  keys: readonly string[],
  convert: (text: string) => string | undefined = (text) => text,
): ValueLocation<string> {
  return {
    name: `secret ${namespace}/${name}`,
    path: `/api/v1/namespaces/${namespace}/secrets/${name}`,
    permission: { verb: 'get', resource: 'secrets', name, namespace },
    pick: (object) => secretData(object, keys, convert),
  };
}

/** The decoded data of a Secret under the first of the keys that has some. */
export function secretData(
  object: unknown,
  keys: readonly string[],
  convert: (text: string) => string | undefined = (text) => text,
): string | undefined {
  for (const key of keys) {
    const data = field(object, 'data', key);
    const text = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
    const value = text === '' ? undefined : convert(text);
    if (value !== undefined) return value;
  }
  return undefined;
}
