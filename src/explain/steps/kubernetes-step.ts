import type { ApiRecord } from '../api-record.ts';
import type { CurlTrust } from '../curl.ts';
import type { ClockFacts, KubernetesStep, Status } from '../report.ts';
import { requestFacts } from '../request-facts.ts';
import { displayUrl } from '../shown-url.ts';

/** What the API server said of the credential; skipped if no server is known, or no credential. */
export function kubernetesStep(
  api: ApiRecord | undefined,
  clocks: readonly ClockFacts[],
  trust: CurlTrust,
  why: string,
): KubernetesStep {
  const base = { name: 'kubernetes', clocks } as const;
  if (api === undefined) {
    const nothing = { server: null, user: null, access: null, requests: [] };
    return { ...base, ...nothing, status: 'skipped', summary: why };
  }
  return {
    ...base,
    ...judged(api),
    server: displayUrl(api.server),
    user: api.user ?? null,
    access: api.access === undefined ? null : withoutReason(api.access),
    requests: api.traffic.map((traffic) => requestFacts(traffic, trust)),
  };
}

function withoutReason({ verb, resource, allowed }: NonNullable<ApiRecord['access']>) {
  return { verb, resource, allowed };
}

function judged(api: ApiRecord): { status: Status; summary: string } {
  const { error, status, user, access } = api;
  if (error !== undefined) return { status: 'failed', summary: error.message };
  if (user === undefined) {
    return { status: 'failed', summary: `the API server answers ${status}` };
  }
  const who = `the API server takes it for ${user.username}`;
  if (access === undefined) return { status: 'ok', summary: who };
  const may = `may ${access.allowed ? '' : 'not '}${access.verb} ${access.resource}`;
  return { status: access.allowed ? 'ok' : 'failed', summary: `${who}, who ${may}` };
}
