import { candidateSources } from '../../identity/candidates.ts';
import type { CurlTrust } from '../curl.ts';
import { failingStep } from '../failing-step.ts';
import type { IdentityStep } from '../report.ts';
import { requestFacts } from '../request-facts.ts';
import type { RunRecord } from '../run-record.ts';

/** Describes the selected identity source, why the others were not used, and the requests to the IdP. */
export function identityStep(record: RunRecord, trust: CurlTrust): IdentityStep {
  const { identity, identityOptions, error } = record;
  const failed = failingStep(record) === 'identity';
  return {
    name: 'identity',
    status: failed ? 'failed' : identity === undefined ? 'skipped' : 'ok',
    summary: failed
      ? (error?.message ?? '')
      : identity === undefined
        ? 'not reached'
        : `${identity.name} (${identity.origin})`,
    chosen: identity?.name ?? null,
    considered: identityOptions === undefined ? [] : candidateSources(identityOptions),
    requests: record.traffic
      .filter(({ request }) => request.peer === 'idp' || request.peer === 'ci')
      .map((traffic) => requestFacts(traffic, trust)),
  };
}
