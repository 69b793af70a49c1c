import type { NotedManifest } from './manifest.ts';

/** A user, group or ServiceAccount that gets access. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

/** The access: a level of Deckhouse's rules, or a role of its experimental role model. */
export type Grant =
  | { readonly accessLevel: string; readonly portForwarding: boolean }
  | { readonly clusterRole: string };

/** The resource that grants access to subjects: ClusterAuthorizationRule or ClusterRoleBinding. */
export function accessManifest(
  name: string,
  subjects: readonly Subject[],
  grant: Grant,
): NotedManifest {
  return 'clusterRole' in grant
    ? binding(name, subjects, grant.clusterRole)
    : rule(name, subjects, grant.accessLevel, grant.portForwarding);
}

function rule(
  name: string,
  subjects: readonly Subject[],
  accessLevel: string,
  portForwarding: boolean,
): NotedManifest {
  return {
    manifest: {
      apiVersion: 'deckhouse.io/v1',
      kind: 'ClusterAuthorizationRule',
      metadata: { name },
      spec: { subjects, accessLevel, ...(portForwarding ? { portForwarding } : {}) },
    },
    notes: [
      {
        at: [],
        text: 'Deckhouse creates ClusterRoleBindings from this rule. Without it, the API server answers 403 to a valid credential.',
      },
      ...subjectNotes(subjects, ['spec', 'subjects']),
    ],
  };
}

function binding(name: string, subjects: readonly Subject[], clusterRole: string): NotedManifest {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    manifest: {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects: subjects.map((subject) =>
        // A ServiceAccount belongs to the core group, so it has no apiGroup.
        subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup },
      ),
      roleRef: { apiGroup, kind: 'ClusterRole', name: clusterRole },
    },
    notes: [
      {
        at: [],
        text: 'Grants a role of the experimental role model, instead of a ClusterAuthorizationRule.',
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
      text: 'Names as in the token: a User is the email claim, a Group is one of the groups.',
    },
  ];
}
