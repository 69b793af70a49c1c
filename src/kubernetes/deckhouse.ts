import { isRecord } from '../json.ts';
import {
  dexClientId,
  dexClientSecretName,
  kubernetesAccessAnnotation,
} from './manifests/dex-client.ts';
import { tokenSecretName } from './manifests/service-account.ts';

/** Something to be read from a cluster: what it is, and where it may be, the likeliest first. */
export interface Sought<T> {
  /** In words, for messages: `the address of the API`. */
  readonly what: string;
  readonly places: readonly Place<T>[];
  /** What to do where it is in none of them. */
  readonly ifMissing: string;
}

export interface Place<T> {
  /** As kubectl would call it: `ingress d8-user-authn/kubernetes-api`. */
  readonly name: string;
  readonly path: string;
  /** What kubectl's role command needs to permit reading it. */
  readonly permission: Permission;
  /** The value in the object; undefined if it does not hold it. */
  readonly pick: (object: unknown) => T | undefined;
}

export interface Permission {
  readonly verb: 'get' | 'list';
  /** `ingresses.networking.k8s.io`. */
  readonly resource: string;
  readonly name?: string;
  /** Undefined for what has no namespace. */
  readonly namespace?: string;
}

const authn = 'd8-user-authn';

/** Where Deckhouse publishes the API; newer releases moved the ingress out of its module. */
export const apiHost: Sought<string> = {
  what: 'the address of the API',
  places: [ingress(authn, 'kubernetes-api'), ingress('kube-system', 'kubernetes-api')],
  ifMissing:
    'set publishAPI.enabled in ModuleConfig user-authn, or give the address of the API by --server',
};

/** Where Dex is reached. */
export const dexHost: Sought<string> = {
  what: 'the address of Dex',
  places: [ingress(authn, 'dex')],
  ifMissing: 'see that module user-authn is enabled, or give the address of Dex by --dex-url',
};

/** The CA of the published API; none where its certificate is of a public one. */
export const apiCa: Sought<string> = {
  what: 'the CA of the API',
  places: [authn, 'kube-system'].map((namespace) =>
    // The page reads ca.crt; what the module's templates make holds tls.crt.
    secret(namespace, 'kubernetes-api-ca-key-pair', ['ca.crt', 'tls.crt'], isCertificate),
  ),
  ifMissing: 'give it by --server-certificate-authority, or leave it out for a public CA',
};

/** The secret of a DexClient. */
export function clientSecret(name: string, namespace: string): Sought<string> {
  return {
    what: `the secret of client ${dexClientId(name, namespace)}`,
    places: [secret(namespace, dexClientSecretName(name), ['clientSecret'])],
    ifMissing: 'dexchange manifests token-exchange | kubectl apply -f - makes a DexClient',
  };
}

/** A DexClient, as far as an exchange depends on it. */
export interface DexClient {
  readonly mayAskForKubernetes: boolean;
}

/** The DexClient itself. */
export function dexClient(name: string, namespace: string): Sought<DexClient> {
  return {
    what: `DexClient ${name}`,
    places: [
      {
        name: `dexclient ${namespace}/${name}`,
        path: `/apis/deckhouse.io/v1/namespaces/${namespace}/dexclients/${name}`,
        permission: { verb: 'get', resource: 'dexclients.deckhouse.io', name, namespace },
        pick: (object) => ({
          mayAskForKubernetes:
            field(object, 'metadata', 'annotations', kubernetesAccessAnnotation) === 'true',
        }),
      },
    ],
    ifMissing: 'dexchange manifests token-exchange | kubectl apply -f - makes one',
  };
}

/** A DexProvider, as far as the methods depend on it. */
export interface DexProvider {
  readonly name: string;
  readonly type: string;
  /** Whether access tokens can be exchanged. */
  readonly getUserInfo: boolean;
  readonly enableBasicAuth: boolean;
}

/** All DexProviders. */
export const dexProviders: Sought<readonly DexProvider[]> = {
  what: 'the DexProviders',
  places: [
    {
      name: 'dexproviders',
      path: '/apis/deckhouse.io/v1/dexproviders',
      permission: { verb: 'list', resource: 'dexproviders.deckhouse.io' },
      pick: (object) => items(object).map(dexProvider),
    },
  ],
  ifMissing: 'see that module user-authn is enabled',
};

function dexProvider(object: unknown): DexProvider {
  // Each type keeps its settings in a field of its own.
  const spec = field(object, 'spec');
  const settings = isRecord(spec) ? Object.values(spec).filter(isRecord) : [];
  return {
    name: String(field(object, 'metadata', 'name')),
    type: String(field(object, 'spec', 'type')),
    getUserInfo: settings.some((each) => each['getUserInfo'] === true),
    enableBasicAuth: settings.some((each) => each['enableBasicAuth'] === true),
  };
}

/** The static token of a ServiceAccount, in the Secret of the page's name or in any other of it. */
export function serviceAccountToken(name: string, namespace: string): Sought<string> {
  const isItsOwn = (object: unknown): boolean =>
    field(object, 'type') === 'kubernetes.io/service-account-token' &&
    field(object, 'metadata', 'annotations', 'kubernetes.io/service-account.name') === name;
  const pick = (object: unknown) => (isItsOwn(object) ? dataOf(object, ['token']) : undefined);
  const named = secret(namespace, tokenSecretName(name), ['token']);
  return {
    what: `a static token of ServiceAccount ${namespace}/${name}`,
    places: [
      { ...named, pick },
      {
        name: `secrets of namespace ${namespace}`,
        path: `/api/v1/namespaces/${namespace}/secrets?fieldSelector=${encodeURIComponent('type=kubernetes.io/service-account-token')}`,
        permission: { verb: 'list', resource: 'secrets', namespace },
        pick: (object) =>
          items(object)
            .map((item) => pick({ type: 'kubernetes.io/service-account-token', ...record(item) }))
            .find((token) => token !== undefined),
      },
    ],
    ifMissing: `dexchange manifests service-account -n ${namespace} --service-account ${name} --token-secret | kubectl apply -f - asks for one, which is there some seconds later; --short-lived needs none`,
  };
}

/** What tells a cluster with Deckhouse from one without. */
export const deckhouseGroupPath = '/apis/deckhouse.io';

function ingress(namespace: string, name: string): Place<string> {
  return {
    name: `ingress ${namespace}/${name}`,
    path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`,
    permission: { verb: 'get', resource: 'ingresses.networking.k8s.io', name, namespace },
    pick: (object) => {
      const [rule] = list(field(object, 'spec', 'rules'));
      const host = field(rule, 'host');
      // It becomes part of addresses and of shell lines.
      return typeof host === 'string' && /^[\w.-]+(?::\d+)?$/.test(host) ? host : undefined;
    },
  };
}

function secret(
  namespace: string,
  name: string,
  keys: readonly string[],
  isFit: (value: string) => boolean = () => true,
): Place<string> {
  return {
    name: `secret ${namespace}/${name}`,
    path: `/api/v1/namespaces/${namespace}/secrets/${name}`,
    permission: { verb: 'get', resource: 'secrets', name, namespace },
    pick: (object) => dataOf(object, keys, isFit),
  };
}

function dataOf(
  object: unknown,
  keys: readonly string[],
  isFit: (value: string) => boolean = () => true,
): string | undefined {
  for (const key of keys) {
    const data = field(object, 'data', key);
    const value = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
    if (value !== '' && isFit(value)) return value;
  }
  return undefined;
}

function isCertificate(value: string): boolean {
  return value.includes('-----BEGIN CERTIFICATE-----');
}

function items(object: unknown): readonly unknown[] {
  return list(field(object, 'items'));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce((value, key) => (isRecord(value) ? value[key] : undefined), object);
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
