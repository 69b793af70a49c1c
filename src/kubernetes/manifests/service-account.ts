import { accessManifest, type Grant } from './access.ts';
import type { NotedManifest } from './manifest.ts';

/** What is wanted for a pipeline that is a ServiceAccount. */
export interface ServiceAccountWish {
  readonly namespace: string;
  readonly name: string;
  /** Whether the cluster shall make a token that never expires. */
  readonly tokenSecret: boolean;
  readonly access: { readonly name: string; readonly grant: Grant } | undefined;
}

/** Name of the Secret with the ServiceAccount's static token, as the administrator's page has it. */
export function tokenSecretName(serviceAccount: string): string {
  return `${serviceAccount}-token`;
}

/** Namespace, ServiceAccount, on request the Secret of its static token, and what it may do. */
export function serviceAccountManifests(wish: ServiceAccountWish): readonly NotedManifest[] {
  const { namespace, name, tokenSecret, access } = wish;
  const manifests: NotedManifest[] = [
    {
      manifest: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      notes: [],
    },
    {
      manifest: {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace },
      },
      notes: [
        {
          at: [],
          text: 'The audit log names this account alone: one per pipeline keeps pipelines apart.',
        },
      ],
    },
  ];
  if (tokenSecret) {
    manifests.push({
      manifest: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: tokenSecretName(name),
          namespace,
          annotations: { 'kubernetes.io/service-account.name': name },
        },
        type: 'kubernetes.io/service-account-token',
      },
      notes: [
        {
          at: [],
          text: 'Legacy: the cluster puts a token into it that never expires. Prefer short-lived tokens, which need no Secret: dexchange get-token --method service-account.',
        },
      ],
    });
  }
  if (access !== undefined) {
    const subject = { kind: 'ServiceAccount', name, namespace } as const;
    manifests.push(accessManifest(access.name, [subject], access.grant));
  }
  return manifests;
}
