import type { NotedManifest } from './manifest.ts';

/** The annotation by which a DexClient may ask for tokens of audience kubernetes. */
export const kubernetesAccessAnnotation = 'dexclient.deckhouse.io/allow-access-to-kubernetes';

/** The client id that Deckhouse gives a DexClient at Dex. */
export function dexClientId(name: string, namespace: string): string {
  return `dex-client-${name}@${namespace}`;
}

/** The Secret, in the DexClient's namespace, that Deckhouse keeps its secret in. */
export function dexClientSecretName(name: string): string {
  return `dex-client-${name}`;
}

/** A DexClient that may exchange tokens for ones of audience kubernetes. */
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
        text: `Its client id at Dex is ${dexClientId(name, namespace)}, its secret comes into Secret ${dexClientSecretName(name)}, key clientSecret.`,
      },
      {
        at: ['metadata', 'annotations'],
        text: 'Without it Dex answers 500 to an exchange. Newer releases let only those add it who may update ModuleConfig user-authn; a tool that recreates the object must keep it.',
      },
    ],
  };
}
