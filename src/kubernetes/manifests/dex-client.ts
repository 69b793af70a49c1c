import type { NotedManifest } from './manifest.ts';

/** The annotation that allows a DexClient to request tokens with audience kubernetes. */
export const kubernetesAccessAnnotation = 'dexclient.deckhouse.io/allow-access-to-kubernetes';

/** The client id of a DexClient at Dex, as Deckhouse creates it. */
export function dexClientId(name: string, namespace: string): string {
  return `dex-client-${name}@${namespace}`;
}

/**
 * The name of the Secret with the client's secret; Deckhouse creates it in the DexClient's
 * namespace.
 */
export function dexClientSecretName(name: string): string {
  return `dex-client-${name}`;
}

/** A DexClient that is allowed to exchange tokens for tokens with audience kubernetes. */
export function dexClientManifest(name: string, namespace: string): NotedManifest {
  return {
    manifest: {
      apiVersion: 'deckhouse.io/v1',
      kind: 'DexClient',
      metadata: { name, namespace, annotations: { [kubernetesAccessAnnotation]: 'true' } },
      spec: {},
    },
    notes: [
      {
        at: [],
        text: `The client id at Dex is ${dexClientId(name, namespace)}. Deckhouse stores the client secret in Secret ${dexClientSecretName(name)} of this namespace, key clientSecret.`,
      },
      {
        at: ['metadata', 'annotations'],
        text: 'Without this annotation, Dex answers a token exchange with 500. In newer Deckhouse releases, only users who can update ModuleConfig user-authn can add it. A tool that deletes and recreates the DexClient needs that permission too.',
      },
    ],
  };
}
