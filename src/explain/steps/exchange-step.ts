import type { CurlTrust } from '../curl.ts';
import { failingStep } from '../failing-step.ts';
import type { ExchangeStep } from '../report.ts';
import { requestFacts } from '../request-facts.ts';
import { type RunRecord, usesIdentityMethod } from '../run-record.ts';

/** What the steps of an exchange say if the method has none. */
export const noExchange = 'not needed: with method identity, the identity token is the credential';

/** Describes the exchange at Dex: request, timing, response. */
export function exchangeStep(record: RunRecord, trust: CurlTrust): ExchangeStep {
  const requests = record.traffic
    .filter(({ request }) => request.peer === 'dex')
    .map((traffic) => requestFacts(traffic, trust));
  const base = { name: 'exchange', requests } as const;
  const failed = failingStep(record);
  if (failed === 'exchange') {
    return { ...base, status: 'failed', summary: record.error?.message ?? '' };
  }
  if (record.dexToken !== undefined) {
    const took = requests.at(-1)?.attempts.at(-1)?.totalMs;
    const time = took === null || took === undefined ? '' : ` in ${Math.round(took)} ms`;
    return { ...base, status: 'ok', summary: `Dex exchanged the token${time}` };
  }
  if (usesIdentityMethod(record)) return { ...base, status: 'skipped', summary: noExchange };
  const summary = failed === undefined ? 'not needed: the credential is cached' : 'not reached';
  return { ...base, status: 'skipped', summary };
}
