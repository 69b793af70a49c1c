import { isRecord } from '../json.ts';
import { certificatesOnly, pemCertificates } from '../pem.ts';
import {
  dexClientId,
  dexClientSecretName,
  kubernetesAccessAnnotation,
} from './manifests/dex-client.ts';
import { tokenSecretName } from './manifests/service-account.ts';
import { field, items, list } from './object-fields.ts';

/** A value to read from a cluster, and its possible locations in order. */
export interface ClusterValue<T> {
  /** The name of the value in messages: `the address of the API`. */
  readonly title: string;
  readonly locations: readonly ValueLocation<T>[];
  /** The hint if it is in none of them. */
  readonly ifMissing: string;
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
  /** Undefined for cluster-scoped resources. */
  readonly namespace?: string;
}

const authn = 'd8-user-authn';

/**
 * The host of the published API. Newer releases of Deckhouse have its ingress in kube-system, or an
 * HTTPRoute of the Gateway API instead.
 */
export const apiHost: ClusterValue<string> = {
  title: 'the address of the API',
  locations: [
    ingress(authn, 'kubernetes-api'),
    ingress('kube-system', 'kubernetes-api'),
    httpRoute('kube-system', 'kubernetes-api'),
    httpRoute(authn, 'kubernetes-api'),
  ],
  ifMissing:
    'set publishAPI.enabled in ModuleConfig user-authn, or set --server to the address of the API',
};

/** The host of Dex. */
export const dexHost: ClusterValue<string> = {
  title: 'the address of Dex',
  locations: [ingress(authn, 'dex'), httpRoute(authn, 'dex')],
  ifMissing: 'check that module user-authn is enabled, or set --dex-url to the address of Dex',
};

/** The CA of the published API; missing if the certificate comes from a public CA. */
export const apiCa: ClusterValue<string> = {
  title: 'the CA of the API',
  locations: [authn, 'kube-system'].map((namespace) =>
    // The DKP guide *Access for CI/CD* reads ca.crt, but the templates of the module set tls.crt.
    certificates(
      secret(
        namespace,
        'kubernetes-api-ca-key-pair',
        ['ca.crt', 'tls.crt'],
        (value) => pemCertificates(value).length > 0,
      ),
    ),
  ),
  ifMissing:
    'set --server-certificate-authority, unless the API has a certificate from a public CA',
};

/** The secret of a DexClient. */
export function clientSecret(name: string, namespace: string): ClusterValue<string> {
  return {
    title: `the secret of client ${dexClientId(name, namespace)}`,
    locations: [secret(namespace, dexClientSecretName(name), ['clientSecret'])],
    ifMissing: 'create a DexClient: `dexchange manifests token-exchange | kubectl apply -f -`',
  };
}

/** The fields of a DexClient that matter for token exchange. */
export interface DexClient {
  readonly allowsAudienceKubernetes: boolean;
}

/** A DexClient. */
export function dexClient(name: string, namespace: string): ClusterValue<DexClient> {
  return {
    title: `DexClient ${name}`,
    locations: [
      {
        name: `dexclient ${namespace}/${name}`,
        path: `/apis/deckhouse.io/v1/namespaces/${namespace}/dexclients/${name}`,
        permission: { verb: 'get', resource: 'dexclients.deckhouse.io', name, namespace },
        pick: (object) => ({
          allowsAudienceKubernetes:
            field(object, 'metadata', 'annotations', kubernetesAccessAnnotation) === 'true',
        }),
      },
    ],
    ifMissing: 'create it: `dexchange manifests token-exchange | kubectl apply -f -`',
  };
}

/** A ServiceAccount; its value is whether it exists. */
export function serviceAccount(name: string, namespace: string): ClusterValue<true> {
  return {
    title: `ServiceAccount ${namespace}/${name}`,
    locations: [
      {
        name: `serviceaccount ${namespace}/${name}`,
        path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
        permission: { verb: 'get', resource: 'serviceaccounts', name, namespace },
        pick: () => true,
      },
    ],
    ifMissing: `create it: \`dexchange manifests service-account -n ${namespace} --service-account ${name} | kubectl apply -f -\``,
  };
}

/**
 * The static token of a ServiceAccount, in the Secret with the name from the DKP guide *Access for
 * CI/CD*, or in any other Secret of this ServiceAccount.
 */
export function serviceAccountToken(name: string, namespace: string): ClusterValue<string> {
  const isTokenOfAccount = (object: unknown): boolean =>
    field(object, 'type') === 'kubernetes.io/service-account-token' &&
    field(object, 'metadata', 'annotations', 'kubernetes.io/service-account.name') === name;
  const pick = (object: unknown) =>
    isTokenOfAccount(object) ? dataOf(object, ['token']) : undefined;
  const named = secret(namespace, tokenSecretName(name), ['token']);
  return {
    title: `a static token of ServiceAccount ${namespace}/${name}`,
    locations: [
      { ...named, pick },
      {
        name: `secrets of namespace ${namespace}`,
        path: `/api/v1/namespaces/${namespace}/secrets?fieldSelector=${encodeURIComponent('type=kubernetes.io/service-account-token')}`,
        permission: { verb: 'list', resource: 'secrets', namespace },
        pick: (object) =>
          items(object)
            .map((item) =>
              pick({
                type: 'kubernetes.io/service-account-token',
                ...(isRecord(item) ? item : {}),
              }),
            )
            .find((token) => token !== undefined),
      },
    ],
    ifMissing: `use --short-lived, or create a token and try again after some seconds: \`dexchange manifests service-account -n ${namespace} --service-account ${name} --token-secret | kubectl apply -f -\``,
  };
}

/** The API group that only exists in a cluster with Deckhouse. */
export const deckhouseGroupPath = '/apis/deckhouse.io';

function ingress(namespace: string, name: string): ValueLocation<string> {
  return {
    name: `ingress ${namespace}/${name}`,
    path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`,
    permission: { verb: 'get', resource: 'ingresses.networking.k8s.io', name, namespace },
    pick: (object) => {
      const [rule] = list(field(object, 'spec', 'rules'));
      return hostName(field(rule, 'host'));
    },
  };
}

/** An HTTPRoute (gateway.networking.k8s.io/v1); a cluster without the Gateway API answers 404. */
function httpRoute(namespace: string, name: string): ValueLocation<string> {
  return {
    name: `httproute ${namespace}/${name}`,
    path: `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}`,
    permission: {
      verb: 'get',
      resource: 'httproutes.gateway.networking.k8s.io',
      name,
      namespace,
    },
    // A wildcard such as *.example.com is not a host.
    pick: (object) =>
      list(field(object, 'spec', 'hostnames'))
        .map(hostName)
        .find((host) => host !== undefined),
  };
}

/** Validates a host, because it becomes part of URLs and shell lines. */
function hostName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]+(?::\d+)?$/.test(value) ? value : undefined;
}

function secret(
  namespace: string,
  name: string,
  keys: readonly string[],
  isValid: (value: string) => boolean = () => true,
): ValueLocation<string> {
  return {
    name: `secret ${namespace}/${name}`,
    path: `/api/v1/namespaces/${namespace}/secrets/${name}`,
    permission: { verb: 'get', resource: 'secrets', name, namespace },
    pick: (object) => dataOf(object, keys, isValid),
  };
}

function dataOf(
  object: unknown,
  keys: readonly string[],
  isValid: (value: string) => boolean = () => true,
): string | undefined {
  for (const key of keys) {
    const data = field(object, 'data', key);
    const value = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
    if (value !== '' && isValid(value)) return value;
  }
  return undefined;
}

/** Only the certificates of a value: it must not bring a key from the same place into a kubeconfig. */
function certificates(location: ValueLocation<string>): ValueLocation<string> {
  return {
    ...location,
    pick(object) {
      const pem = location.pick(object);
      return pem === undefined ? undefined : certificatesOnly(pem);
    },
  };
}
