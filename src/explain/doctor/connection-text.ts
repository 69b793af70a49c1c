import type { RequestFacts } from '../report.ts';

/** How the last request reached its server: ` over TLSv1.3 in 12 ms`; empty if it did not. */
export function connectionText(requests: readonly RequestFacts[]): string {
  const last = requests.at(-1)?.attempts.at(-1);
  if (last === undefined || last.totalMs === null) return '';
  const tls = last.tls === null ? '' : ` over ${last.tls}`;
  return `${tls} in ${Math.round(last.totalMs)} ms`;
}
