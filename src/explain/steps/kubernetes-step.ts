import type { ApiRecord, Permissions } from '../api-record.ts';
import type { CurlTrust } from '../curl.ts';
import { displayUrl, limitedList } from '../display.ts';
import type { ClockFacts, KubernetesStep, Status } from '../report.ts';
import { requestFacts } from '../request-facts.ts';

/**
 * Describes what the API server said about the credential.
 * @param skipReason the summary if the API server was not asked
 */
export function kubernetesStep(
  api: ApiRecord | undefined,
  clocks: readonly ClockFacts[],
  trust: CurlTrust,
  skipReason: string,
): KubernetesStep {
  const base = { name: 'kubernetes', clocks } as const;
  if (api === undefined) {
    const nothing = { server: null, user: null, access: [], permissions: null, requests: [] };
    return { ...base, ...nothing, status: 'skipped', summary: skipReason };
  }
  const { user, access = [], permissions } = api;
  return {
    ...base,
    ...outcome(api),
    server: displayUrl(api.server),
    user: user === undefined ? null : { ...user, groups: limitedList(user.groups) },
    access: access.map(({ verb, resource, allowed = null }) => ({ verb, resource, allowed })),
    permissions:
      permissions === undefined
        ? null
        : { namespace: permissions.namespace, granted: permissions.granted },
    requests: api.traffic.map((traffic) => requestFacts(traffic, trust)),
  };
}

function outcome(api: ApiRecord): { status: Status; summary: string } {
  const { error, status, user, access = [], permissions } = api;
  if (error !== undefined) return { status: 'failed', summary: error.message };
  if (user === undefined) {
    return { status: 'failed', summary: `the API server responded with ${status}` };
  }
  const who = `the API server authenticates this token as ${user.username}`;
  const [refused] = access.filter(({ allowed }) => allowed !== true);
  if (refused !== undefined) {
    const { verb, resource, allowed } = refused;
    return allowed === false
      ? { status: 'failed', summary: `${who}, who is not allowed to ${verb} ${resource}` }
      : { status: 'warning', summary: `${who}; whether it may ${verb} ${resource} is not known` };
  }
  if (access.length > 0) {
    const actions = access.map(({ verb, resource }) => `${verb} ${resource}`).join(', ');
    return { status: 'ok', summary: `${who}, who is allowed to ${actions}` };
  }
  if (permissions === undefined) return { status: 'ok', summary: who };
  return permissionOutcome(who, permissions);
}

function permissionOutcome(
  who: string,
  { granted, namespace }: Permissions,
): { status: Status; summary: string } {
  switch (granted) {
    case 'some':
      return {
        status: 'ok',
        summary: `${who}, and RBAC grants it access in namespace ${namespace}`,
      };
    case 'unknown':
      return { status: 'warning', summary: `${who}; what it may do is not known` };
    default:
      return {
        status: 'warning',
        summary: `${who}, which has no permissions in namespace ${namespace}`,
      };
  }
}
