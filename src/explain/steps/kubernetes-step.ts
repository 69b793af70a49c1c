import type { ApiRecord } from '../api-record.ts';
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
    const nothing = { server: null, user: null, access: null, requests: [] };
    return { ...base, ...nothing, status: 'skipped', summary: skipReason };
  }
  return {
    ...base,
    ...outcome(api),
    server: displayUrl(api.server),
    user: api.user === undefined ? null : { ...api.user, groups: limitedList(api.user.groups) },
    access: api.access === undefined ? null : withoutReason(api.access),
    requests: api.traffic.map((traffic) => requestFacts(traffic, trust)),
  };
}

function withoutReason({ verb, resource, allowed }: NonNullable<ApiRecord['access']>) {
  return { verb, resource, allowed };
}

function outcome(api: ApiRecord): { status: Status; summary: string } {
  const { error, status, user, access } = api;
  if (error !== undefined) return { status: 'failed', summary: error.message };
  if (user === undefined) {
    return { status: 'failed', summary: `the API server responded with ${status}` };
  }
  const who = `the API server authenticates this token as ${user.username}`;
  if (access === undefined) return { status: 'ok', summary: who };
  const verdict = `is ${access.allowed ? '' : 'not '}allowed to ${access.verb} ${access.resource}`;
  return { status: access.allowed ? 'ok' : 'failed', summary: `${who}, who ${verdict}` };
}
