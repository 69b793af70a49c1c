import { quantile } from '../quantile.ts';
import type { Fleet } from './fleet.ts';
import { seededRandom } from './random.ts';
import { simulatedDex } from './simulated-dex.ts';
import { type EndedCall, emptyFolder, runJob, type World } from './simulated-job.ts';
import { createVirtualTime } from './virtual-time.ts';

export const hourMs = 3_600_000;

/** What happened in one hour of a fleet. */
export interface FleetHour {
  /** The jobs that started. */
  readonly jobs: number;
  /** The calls of dexchange; with exec, one per job. */
  readonly calls: number;
  readonly failedCalls: number;
  readonly failedRenewals: number;
  /** The requests that reached Dex or the limiter in front of it. */
  readonly requests: number;
  /** Those that Dex answered with a token. */
  readonly exchanges: number;
  /** Those that the limiter rejected. */
  readonly rejected: number;
  /** The most requests in one second, and when it began, in seconds after the full hour. */
  readonly busiestSecond: { readonly requests: number; readonly atSecond: number };
  /** The share of its cores that Dex used, on average and in the busiest ten seconds. */
  readonly load: { readonly average: number; readonly busiest: number };
  /** How long the calls took that needed an exchange, in milliseconds; 0 if none did. */
  readonly waitMs: { readonly median: number; readonly p95: number; readonly longest: number };
}

/**
 * Simulates a fleet with the cache, the renewals and the retries of the program's sources, in virtual
 * time, and returns what happens in one hour. The hour begins in the middle of the work: jobs have been
 * starting for as long as a job and the tokens of earlier jobs in its cache last.
 */
export async function simulate(fleet: Fleet): Promise<FleetHour> {
  const time = createVirtualTime();
  const random = seededRandom(fleet.seed);
  const dex = simulatedDex(fleet, time);
  const calls: EndedCall[] = [];
  let failedRenewals = 0;
  const beginMs = fleet.jobLengthMs + (fleet.cache === 'runner' ? fleet.tokenLifeMs : 0);
  const isInHour = ({ atMs }: { readonly atMs: number }): boolean =>
    atMs >= beginMs && atMs < beginMs + hourMs;
  const world: World = {
    ...{ fleet, time, dex, random },
    ended: (call) => {
      if (isInHour(call)) calls.push(call);
    },
    renewalFailed: (attempt) => {
      if (isInHour(attempt)) failedRenewals += 1;
    },
  };
  const runners = Array.from({ length: fleet.runners }, emptyFolder);
  const starts = startTimes(fleet, beginMs, random);
  starts.forEach((atMs, index) => {
    // Their start times are random, so taking turns is as good as chance.
    const runner = runners[index % runners.length];
    const job = {
      identity: fleet.identity === 'job' ? `job ${index}` : 'client',
      cache: fleet.cache === 'none' ? undefined : fleet.cache === 'job' ? emptyFolder() : runner,
    };
    void time.sleep(atMs).then(() => runJob(job, world));
  });
  // A call of the hour can end after it.
  await time.runUntil(beginMs + hourMs + fleet.timeoutMs);
  return summary(fleet, {
    jobs: starts.filter((atMs) => isInHour({ atMs })).length,
    ...{ calls, failedRenewals },
    requests: dex.requests
      .filter(isInHour)
      .map(({ atMs, answer }) => ({ atMs: atMs - beginMs, answer })),
  });
}

/** When jobs start: a herd at the full hour, and the others at random times before and in the hour. */
function startTimes(fleet: Fleet, beginMs: number, random: () => number): readonly number[] {
  const { herd, herdSpreadMs } = fleet;
  const others = fleet.jobsPerHour - herd;
  const before = Math.round((others * beginMs) / hourMs);
  return [
    ...Array.from({ length: before }, () => random() * beginMs),
    ...Array.from({ length: others }, () => beginMs + random() * hourMs),
    ...Array.from({ length: herd }, () => beginMs + random() * herdSpreadMs),
  ];
}

interface Happened {
  readonly jobs: number;
  readonly calls: readonly EndedCall[];
  readonly failedRenewals: number;
  readonly requests: ReturnType<typeof simulatedDex>['requests'];
}

function summary(fleet: Fleet, { jobs, calls, failedRenewals, requests }: Happened): FleetHour {
  const count = (answer: string): number => requests.filter((one) => one.answer === answer).length;
  const worked = requests.filter(({ answer }) => answer !== 'busy');
  const seconds = perSlot(requests, 1000);
  const busiest = Math.max(0, ...seconds.values());
  const tenSeconds = Math.max(0, ...perSlot(worked, 10_000).values());
  const capacityMs = fleet.dexCores / fleet.exchangeCostMs;
  const waits = calls.map(({ tookMs }) => tookMs).filter((tookMs) => tookMs > 0);
  const waitOf = (share: number): number => (waits.length === 0 ? 0 : quantile(waits, share));
  return {
    jobs,
    calls: calls.length,
    failedCalls: calls.filter(({ failed }) => failed).length,
    failedRenewals,
    requests: requests.length,
    exchanges: count('token'),
    rejected: count('busy'),
    busiestSecond: {
      requests: busiest,
      atSecond: [...seconds].find(([, each]) => each === busiest)?.[0] ?? 0,
    },
    load: {
      average: worked.length / (hourMs * capacityMs),
      busiest: tenSeconds / (10_000 * capacityMs),
    },
    waitMs: { median: waitOf(0.5), p95: waitOf(0.95), longest: waitOf(1) },
  };
}

/** How many requests arrived in each slot of time. */
function perSlot(
  requests: readonly { readonly atMs: number }[],
  slotMs: number,
): ReadonlyMap<number, number> {
  const slots = new Map<number, number>();
  for (const { atMs } of requests) {
    const slot = Math.floor(atMs / slotMs);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  return slots;
}
