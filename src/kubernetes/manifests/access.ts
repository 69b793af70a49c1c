import type { NotedManifest } from './manifest.ts';

/** A user, group or ServiceAccount that gets access. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

/** The access: a level of Deckhouse's rules, or a role of its experimental role model. */
export type Grant =
  | { readonly accessLevel: string; readonly portForwarding: boolean }
  | { readonly clusterRole: string };

/** What to generate the resource that grants access from. */
export interface AccessSpec {
  readonly name: string;
  readonly subjects: readonly Subject[];
  readonly grant: Grant;
  /** The namespace that the access is for; undefined means the whole cluster. */
  readonly namespace: string | undefined;
}

/**
 * The levels of an AuthorizationRule; the others of a ClusterAuthorizationRule are about the whole
 * cluster.
 */
export const namespacedLevels: readonly string[] = ['User', 'PrivilegedUser', 'Editor', 'Admin'];

/**
 * The resource that grants access to subjects: ClusterAuthorizationRule or ClusterRoleBinding, in a
 * namespace AuthorizationRule or RoleBinding.
 */
export function accessManifest(spec: AccessSpec): NotedManifest {
  return 'clusterRole' in spec.grant
    ? binding(spec, spec.grant.clusterRole)
    : rule(spec, spec.grant.accessLevel, spec.grant.portForwarding);
}

function rule(
  { name, subjects, namespace }: AccessSpec,
  accessLevel: string,
  portForwarding: boolean,
): NotedManifest {
  return {
    manifest: {
      ...(namespace === undefined
        ? {
            apiVersion: 'deckhouse.io/v1',
            kind: 'ClusterAuthorizationRule',
            metadata: { name },
          }
        : {
            apiVersion: 'deckhouse.io/v1alpha1',
            kind: 'AuthorizationRule',
            metadata: { name, namespace },
          }),
      spec: { subjects, accessLevel, ...(portForwarding ? { portForwarding } : {}) },
    },
    notes: [
      {
        at: [],
        text:
          namespace === undefined
            ? 'Grants access to the whole cluster: Deckhouse creates ClusterRoleBindings from this rule.'
            : `Grants access to namespace ${namespace} only: Deckhouse creates RoleBindings from this rule.`,
      },
      ...subjectNotes(subjects, ['spec', 'subjects']),
    ],
  };
}

function binding({ name, subjects, namespace }: AccessSpec, clusterRole: string): NotedManifest {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    manifest: {
      apiVersion: `${apiGroup}/v1`,
      ...(namespace === undefined
        ? { kind: 'ClusterRoleBinding', metadata: { name } }
        : { kind: 'RoleBinding', metadata: { name, namespace } }),
      subjects: subjects.map((subject) =>
        // A ServiceAccount belongs to the core group, so it has no apiGroup.
        subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup },
      ),
      roleRef: { apiGroup, kind: 'ClusterRole', name: clusterRole },
    },
    notes: [
      {
        at: [],
        text: `Grants ClusterRole ${clusterRole} in ${namespace === undefined ? 'the whole cluster' : `namespace ${namespace} only`}.${
          clusterRole.startsWith('d8:')
            ? " The role belongs to Deckhouse's experimental role model."
            : ''
        }`,
      },
      ...subjectNotes(subjects, ['subjects']),
    ],
  };
}

function subjectNotes(subjects: readonly Subject[], at: readonly string[]) {
  if (subjects.every(({ kind }) => kind === 'ServiceAccount')) return [];
  return [
    {
      at,
      text: "The names are those in Dex's token: a User is the claim email, a Group is an item of the claim groups. The DexProvider says which claims of the IdP's token Dex takes them from.",
    },
  ];
}
