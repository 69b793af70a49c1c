import { goDuration } from '../../src/duration.ts';
import type { Fleet } from './fleet.ts';
import { type FleetHour, hourMs } from './simulate.ts';

/** The result of one simulation for people. */
export function reportText(fleet: Fleet, hour: FleetHour): string {
  const { jobs, calls, failedCalls, failedRenewals, exchanges, requests, rejected } = hour;
  const { busiestSecond, load, waitMs } = hour;
  const rows: readonly (readonly [string, string])[] = [
    ['jobs', `${jobs}, of ${goDuration(fleet.jobLengthMs)} each`],
    ['calls of dexchange', `${calls}, of which ${failedCalls} failed`],
    ...(fleet.client === 'exec'
      ? [['failed renewals', `${failedRenewals}, which are tried again`] as const]
      : []),
    [
      'exchanges',
      `${exchanges}: ${perSecond(exchanges)} per second, ${perJob(hour)} per job that started`,
    ],
    ...(rejected === 0 ? [] : [['requests', `${requests}, of which ${rejected} got 429`] as const]),
    [
      'busiest second',
      `${busiestSecond.requests} requests, ${goDuration(busiestSecond.atSecond * 1000)} after the full hour`,
    ],
    [
      'load of Dex',
      `${percent(load.average)} of ${fleet.dexCores} ${fleet.dexCores === 1 ? 'core' : 'cores'}, ${percent(load.busiest)} in the busiest 10 s`,
    ],
    [
      'an exchange takes',
      `${Math.round(waitMs.median)} ms (median), ${Math.round(waitMs.p95)} ms (95 %), at most ${Math.round(waitMs.longest)} ms`,
    ],
  ];
  return rows.map(([name, text]) => `${name.padEnd(20)}${text}`).join('\n');
}

/** Requests per second on average over the hour. */
export function perSecond(requests: number): string {
  return (requests / (hourMs / 1000)).toFixed(1);
}

/** Exchanges per job that started in the hour. */
export function perJob({ exchanges, jobs }: FleetHour): string {
  return (exchanges / jobs).toFixed(exchanges < jobs ? 2 : 1);
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** A Markdown table; all columns but the first are numbers. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
