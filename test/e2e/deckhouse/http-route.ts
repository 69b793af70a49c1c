/** HTTPRoute of the Gateway API, as far as dexchange reads it. */
export const httpRouteCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'httproutes.gateway.networking.k8s.io',
    // The API server demands it for groups of Kubernetes.
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api' },
  },
  spec: {
    group: 'gateway.networking.k8s.io',
    scope: 'Namespaced',
    names: {
      kind: 'HTTPRoute',
      plural: 'httproutes',
      singular: 'httproute',
      listKind: 'HTTPRouteList',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { hostnames: { type: 'array', items: { type: 'string' } } },
              },
            },
          },
        },
      },
    ],
  },
};
