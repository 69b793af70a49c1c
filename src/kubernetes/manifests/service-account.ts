import { accessManifest, type Grant } from './access.ts';
import type { NotedManifest } from './manifest.ts';

/** What to generate the resources of a pipeline's ServiceAccount from. */
export interface ServiceAccountSpec {
  readonly namespace: string;
  readonly name: string;
  /** True to add a Secret, which the cluster fills with a token that never expires. */
  readonly tokenSecret: boolean;
  readonly access: ServiceAccountAccess | undefined;
}

/** The access of the ServiceAccount. */
export interface ServiceAccountAccess {
  /** The name of the resource that grants it. */
  readonly name: string;
  readonly grant: Grant;
  /** Whether the access is for the ServiceAccount's namespace only. */
  readonly namespaced: boolean;
}

/**
 * The name of the Secret with the ServiceAccount's token, as in the DKP guide *Access for CI/CD*.
 */
export function tokenSecretName(serviceAccount: string): string {
  return `${serviceAccount}-token`;
}

/**
 * Namespace, ServiceAccount, optionally the Secret with its token, and the resource that grants
 * access.
 */
export function serviceAccountManifests(spec: ServiceAccountSpec): readonly NotedManifest[] {
  const { namespace, name, tokenSecret, access } = spec;
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
          text: 'The audit log shows only this account: to tell pipelines apart, give each its own.',
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
          text: `Legacy: the cluster fills this Secret with a token that never expires. Prefer short-lived tokens, which need no Secret: \`dexchange get-token --method service-account -n ${namespace} --service-account ${name} -o token\``,
        },
      ],
    });
  }
  if (access !== undefined) {
    const subjects = [{ kind: 'ServiceAccount', name, namespace } as const];
    const scope = access.namespaced ? namespace : undefined;
    manifests.push(accessManifest({ ...access, subjects, namespace: scope }));
  }
  return manifests;
}
