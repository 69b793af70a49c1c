import type { RequestFacts } from '../report.ts';

/**
 * How the first request reached its server: ` over TLSv1.3 in 12 ms`; empty if it did not. The others
 * use its connection.
 */
export function connectionText([first]: readonly RequestFacts[]): string {
  const last = first?.attempts.at(-1);
  if (last === undefined || last.totalMs === null) return '';
  const tls = last.tls === null ? '' : ` over ${last.tls}`;
  return `${tls} in ${Math.round(last.totalMs)} ms`;
}
