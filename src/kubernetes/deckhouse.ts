import { isRecord } from '../json.ts';
import {
  authnNamespace,
  type ClusterValue,
  secretData,
  secretLocation,
  type ValueLocation,
} from './cluster-value.ts';
import {
  dexClientId,
  dexClientSecretName,
  kubernetesAccessAnnotation,
} from './manifests/dex-client.ts';
import { tokenSecretName } from './manifests/service-account.ts';
import { field, items, list } from './object-fields.ts';

/**
 * The host of the published API. Newer releases of Deckhouse have its ingress in kube-system, or an
 * HTTPRoute of the Gateway API instead.
 */
export const apiHost: ClusterValue<string> = {
  title: 'the address of the API',
  locations: [
    ingress(authnNamespace, 'kubernetes-api'),
    ingress('kube-system', 'kubernetes-api'),
    httpRoute('kube-system', 'kubernetes-api'),
    httpRoute(authnNamespace, 'kubernetes-api'),
  ],
  ifMissing:
    'set publishAPI.enabled in ModuleConfig user-authn, or set --server to the address of the API',
};

/** The host of Dex. */
export const dexHost: ClusterValue<string> = {
  title: 'the address of Dex',
  locations: [ingress(authnNamespace, 'dex'), httpRoute(authnNamespace, 'dex')],
  ifMissing: 'check that module user-authn is enabled, or set --dex-url to the address of Dex',
};

/** The secret of a DexClient. */
export function clientSecret(name: string, namespace: string): ClusterValue<string> {
  return {
    title: `the secret of client ${dexClientId(name, namespace)}`,
    locations: [secretLocation(namespace, dexClientSecretName(name), ['clientSecret'])],
    ifMissing: `create the DexClient: \`dexchange manifests token-exchange --client-name ${name} --client-namespace ${namespace} | kubectl apply -f -\``,
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
    missing: `there is no DexClient ${namespace}/${name}`,
    ifMissing: `create it: \`dexchange manifests token-exchange --client-name ${name} --client-namespace ${namespace} | kubectl apply -f -\``,
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
    missing: `there is no ServiceAccount ${namespace}/${name}`,
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
    isTokenOfAccount(object) ? secretData(object, ['token']) : undefined;
  const named = secretLocation(namespace, tokenSecretName(name), ['token']);
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
    pick: (object) =>
      list(field(object, 'spec', 'rules'))
        .map((rule) => hostName(field(rule, 'host')))
        .find((host) => host !== undefined),
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
    pick: (object) =>
      list(field(object, 'spec', 'hostnames'))
        .map(hostName)
        .find((host) => host !== undefined),
  };
}

/**
 * Validates a host, because it becomes part of URLs and shell lines. A wildcard such as *.example.com
 * is none.
 */
function hostName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]+(?::\d+)?$/.test(value) ? value : undefined;
}
