import type { ClusterValue } from './cluster-value.ts';
import { field, items, list, text } from './object-fields.ts';

/** A user, group or ServiceAccount to which a rule grants access. */
export interface RuleSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace?: string;
}

/** An object that grants access. */
export interface AccessRule {
  /** Kind, name and what it grants: `ClusterAuthorizationRule ci-access (Admin)`. */
  readonly title: string;
  /** Whether Deckhouse has made it from a rule of its own. */
  readonly isDerived: boolean;
  readonly subjects: readonly RuleSubject[];
}

/** All rules of Deckhouse (module user-authz) and of Kubernetes, a list for each kind. */
export const accessRules: readonly ClusterValue<readonly AccessRule[]>[] = [
  rules('ClusterAuthorizationRule', 'deckhouse.io/v1', 'clusterauthorizationrules'),
  rules('AuthorizationRule', 'deckhouse.io/v1alpha1', 'authorizationrules'),
  rules('ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', 'clusterrolebindings'),
  rules('RoleBinding', 'rbac.authorization.k8s.io/v1', 'rolebindings'),
];

function rules(
  kind: string,
  apiVersion: string,
  plural: string,
): ClusterValue<readonly AccessRule[]> {
  const [group = ''] = apiVersion.split('/');
  return {
    title: `the list of ${kind}s`,
    locations: [
      {
        name: plural,
        path: `/apis/${apiVersion}/${plural}`,
        permission: { verb: 'list', resource: `${plural}.${group}` },
        pick: (object) => items(object).map((item) => rule(kind, item)),
      },
    ],
    ifMissing: 'check that module user-authz is enabled',
  };
}

function rule(kind: string, object: unknown): AccessRule {
  const name = text(field(object, 'metadata', 'name')) ?? '';
  const namespace = text(field(object, 'metadata', 'namespace'));
  const role = text(field(object, 'roleRef', 'name'));
  const grants = text(field(object, 'spec', 'accessLevel')) ?? (role && `role ${role}`);
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  const subjects = list(field(object, 'spec', 'subjects') ?? field(object, 'subjects'));
  return {
    title: `${kind} ${place}${grants === undefined ? '' : ` (${grants})`}`,
    isDerived: role !== undefined && name.startsWith('user-authz:'),
    subjects: subjects.flatMap((subject) => ruleSubject(subject, namespace) ?? []),
  };
}

function ruleSubject(subject: unknown, ruleNamespace: string | undefined): RuleSubject | undefined {
  const [kind, name] = [field(subject, 'kind'), text(field(subject, 'name'))];
  if (name === undefined) return undefined;
  switch (kind) {
    case 'User':
    case 'Group':
      return { kind, name };
    case 'ServiceAccount': {
      const namespace = text(field(subject, 'namespace')) ?? ruleNamespace;
      return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
    }
    default:
      return undefined;
  }
}

/**
 * Whether a rule names a subject. A ServiceAccount is also the user `system:serviceaccount:NS:NAME`,
 * and in the group of its namespace. The groups of all ServiceAccounts and of all users do not count,
 * because they contain everyone.
 */
export function names({ subjects }: AccessRule, wanted: RuleSubject): boolean {
  const { kind, name, namespace = '' } = wanted;
  return subjects.some((subject) => {
    if (subject.kind === kind && subject.name === name) {
      return kind !== 'ServiceAccount' || subject.namespace === namespace;
    }
    if (kind !== 'ServiceAccount') return false;
    return subject.kind === 'User'
      ? subject.name === `system:serviceaccount:${namespace}:${name}`
      : subject.kind === 'Group' && subject.name === `system:serviceaccounts:${namespace}`;
  });
}
