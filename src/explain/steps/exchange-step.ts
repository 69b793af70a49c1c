import type { CurlTrust } from '../curl.ts';
import { failingStep } from '../failing-step.ts';
import type { ExchangeStep } from '../report.ts';
import { requestFacts } from '../request-facts.ts';
import type { RunRecord } from '../run-record.ts';

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
  const summary = failed === undefined ? 'not needed: the credential is cached' : 'not reached';
  return { ...base, status: 'skipped', summary };
}
