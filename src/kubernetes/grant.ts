import { shellWord } from '../shell-word.ts';
import type { Permission } from './cluster-value.ts';
import { dataText } from './data-text.ts';

/**
 * The command with which an administrator gives a user one permission.
 * @param user the user who lacks it; undefined if the API server does not say
 */
export function grantCommand(
  { verb, resource, name, namespace }: Permission,
  user: string | undefined,
): string {
  const [plural = ''] = resource.split('.');
  const role = ['dexchange', verb, plural, ...(name === undefined ? [] : [name])].join('-');
  const kubectl = `kubectl${namespace === undefined ? '' : ` -n ${namespace}`} create`;
  const kind = namespace === undefined ? 'clusterrole' : 'role';
  const named = name === undefined ? '' : ` --resource-name=${name}`;
  const create = `${kubectl} ${kind} ${role} --verb=${verb} --resource=${resource}${named}`;
  return `${create} && ${kubectl} ${kind}binding ${role} --${kind}=${role} ${subjectFlag(user)}`;
}

function subjectFlag(user: string | undefined): string {
  const account = accountOf(user);
  return account === undefined
    ? `--user=${shellWord(user ?? 'USER')}`
    : `--serviceaccount=${shellWord(account.join(':'))}`;
}

function accountOf(user: string | undefined): readonly [string, string] | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user ?? '') ?? [];
  return namespace === undefined || name === undefined ? undefined : [namespace, name];
}

/** The name of the roles and bindings that `reconcileCommand` makes. */
const roleName = 'dexchange-discover';

/**
 * The command, of several lines, with which an administrator gives a user several permissions.
 * `kubectl auth reconcile` adds them to roles of that name that there are, and removes none.
 * @param user the user who lacks them; undefined if the API server does not say
 */
export function reconcileCommand(
  permissions: readonly Permission[],
  user: string | undefined,
): string {
  // What is not in a namespace comes last.
  const order = ({ namespace = '~', resource, name = '' }: Permission): string =>
    `${namespace} ${resource} ${name}`;
  const sorted = permissions.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  const byNamespace = Map.groupBy(sorted, ({ namespace }) => namespace);
  const objects = [...byNamespace].flatMap(([namespace, some]) =>
    roleAndBinding(namespace, some, user),
  );
  const yaml = objects.map((object) => dataText(object, 'yaml')).join('---\n');
  return `kubectl auth reconcile -f - <<'EOF'\n${yaml}EOF`;
}

function roleAndBinding(
  namespace: string | undefined,
  permissions: readonly Permission[],
  user: string | undefined,
): readonly unknown[] {
  const group = 'rbac.authorization.k8s.io';
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const object = (kindOf: string) => ({
    apiVersion: `${group}/v1`,
    kind: kindOf,
    metadata: { name: roleName, ...(namespace === undefined ? {} : { namespace }) },
  });
  return [
    { ...object(kind), rules: rules(permissions) },
    {
      ...object(`${kind}Binding`),
      roleRef: { apiGroup: group, kind, name: roleName },
      subjects: [subject(user, group)],
    },
  ];
}

/** A rule for each resource, with the names of its objects. */
function rules(permissions: readonly Permission[]): readonly unknown[] {
  const byResource = Map.groupBy(permissions, ({ verb, resource }) => `${verb} ${resource}`);
  return [...byResource].map(([key, some]) => {
    const [verb, resource = ''] = key.split(' ');
    const [plural, ...group] = resource.split('.');
    const named = [...new Set(some.flatMap(({ name }) => name ?? []))];
    return {
      apiGroups: [group.join('.')],
      resources: [plural],
      verbs: [verb],
      ...(named.length === 0 ? {} : { resourceNames: named }),
    };
  });
}

function subject(user: string | undefined, group: string): unknown {
  const account = accountOf(user);
  if (account === undefined) return { apiGroup: group, kind: 'User', name: user ?? 'USER' };
  const [namespace, name] = account;
  return { kind: 'ServiceAccount', name, namespace };
}
