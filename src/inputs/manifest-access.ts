import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import {
  type AccessSpec,
  type Grant,
  namespacedLevels,
  type Subject,
} from '../kubernetes/manifests/access.ts';
import { namespaceName, objectName, roleName, subjectName } from '../kubernetes/names.ts';

/**
 * The access of users and groups; undefined if no user, group or access is set.
 * @throws DexchangeError setting_missing, setting_invalid, setting_conflict
 */
export function peopleAccess(settings: Settings): AccessSpec | undefined {
  const subjects: Subject[] = [
    ...settings
      .value('user')
      .map((name) => ({ kind: 'User', name: subjectName(name, '--user') }) as const),
    ...groupNames(settings).map((name) => ({ kind: 'Group', name }) as const),
  ];
  const grant = grantOf(settings);
  if (grant === undefined && subjects.length === 0) return undefined;
  if (subjects.length === 0) {
    throw new DexchangeError('setting_missing', `${grantFlag(settings)} needs a subject`, {
      hint: 'add --user EMAIL (the email in the token) or --group NAME',
    });
  }
  if (grant === undefined) {
    throw new DexchangeError('setting_missing', '--user and --group need the access to grant', {
      hint: 'add --access-level LEVEL, or --clusterrole NAME in the experimental role model',
    });
  }
  const namespace = settings.value('namespaced') ? accessNamespace(settings) : undefined;
  return { name: ruleName(settings, grant, 'ci-access'), subjects, grant, namespace };
}

function accessNamespace(settings: Settings): string {
  const namespace = settings.value('namespace');
  if (namespace !== undefined) return namespaceName(namespace, '--namespace');
  throw new DexchangeError('setting_missing', '--namespaced needs the namespace of the access', {
    hint: 'add --namespace NAMESPACE',
  });
}

/**
 * The groups of `--group`.
 * @throws DexchangeError setting_invalid
 */
export function groupNames(settings: Settings): readonly string[] {
  return settings.value('group').map((name) => subjectName(name, '--group'));
}

function grantFlag(settings: Settings): string {
  return settings.value('access-level') === undefined ? '--clusterrole' : '--access-level';
}

/**
 * The access to grant, or undefined if none is set.
 * @throws DexchangeError setting_missing, setting_invalid, setting_conflict
 */
export function grantOf(settings: Settings): Grant | undefined {
  const accessLevel = settings.value('access-level');
  const clusterRole = settings.value('clusterrole');
  const portForwarding = settings.value('port-forwarding');
  const namespaced = settings.value('namespaced');
  if (portForwarding && accessLevel === undefined) {
    throw new DexchangeError('setting_conflict', '--port-forwarding needs --access-level', {
      hint: 'add --access-level LEVEL: port forwarding is a field of the rule, while a ClusterRole contains its own permissions',
    });
  }
  if (namespaced && accessLevel === undefined && clusterRole === undefined) {
    throw new DexchangeError('setting_missing', '--namespaced needs the access to grant', {
      hint: `add --access-level LEVEL (${namespacedLevels.join(', ')}), or --clusterrole NAME for a RoleBinding`,
    });
  }
  if (namespaced && accessLevel !== undefined && !namespacedLevels.includes(accessLevel)) {
    throw new DexchangeError(
      'setting_invalid',
      `--access-level ${accessLevel} is for the whole cluster, and not possible with --namespaced`,
      { hint: `set --access-level to ${namespacedLevels.join(', ')}, or omit --namespaced` },
    );
  }
  if (accessLevel !== undefined) return { accessLevel, portForwarding };
  if (clusterRole === undefined) return undefined;
  return { clusterRole: roleName(clusterRole, '--clusterrole') };
}

/**
 * The name of the resource that grants access.
 * @param preset the name without `--rule-name`
 * @throws DexchangeError setting_invalid
 */
export function ruleName(settings: Settings, grant: Grant, preset: string): string {
  const name = settings.value('rule-name') ?? preset;
  return 'clusterRole' in grant ? roleName(name, '--rule-name') : objectName(name, '--rule-name');
}
