import type { Fleet } from './fleet.ts';
import { usualFleet } from './options.ts';
import { markdownTable, percent, perJob, perSecond } from './report.ts';
import { type FleetHour, simulate } from './simulate.ts';

type Row = readonly [name: string, differs: Partial<Fleet>];

const minute = 60_000;

/** Ten thousand jobs an hour: what they have in common is in usualFleet. */
const fleets: readonly Row[] = [
  ['a token per job (GitLab, GitHub); plugin', {}],
  ['a token per job; `exec` or agent', { client: 'exec' }],
  ['a token per job; plugin, jobs of 2 minutes', { jobLengthMs: 2 * minute }],
  ['a token per job; plugin, jobs of 30 minutes', { jobLengthMs: 30 * minute, calls: 30 }],
  ['a token per job; plugin, tokens of an hour', { tokenLifeMs: 60 * minute }],
  ['one client; plugin, a cache per job', { identity: 'shared' }],
  ['one client; plugin, a cache per runner', { identity: 'shared', cache: 'runner' }],
  [
    'one client; `exec` or agent, a cache per runner',
    { identity: 'shared', cache: 'runner', client: 'exec' },
  ],
  ['no cache (curl in each step)', { cache: 'none' }],
];

/** A thousand jobs that cron starts together, and nothing else. */
const herd: Fleet = {
  ...usualFleet,
  ...{ jobsPerHour: 1000, herd: 1000, client: 'exec', jobLengthMs: 6 * minute },
};
const limited = { limitPerSecond: 20, limitBurst: 40 };

const herds: readonly Row[] = [
  ['1000 within 10 s', {}],
  ['1000 within 1 s', { herdSpreadMs: 1000 }],
  ['10 000 within 10 s', { jobsPerHour: 10_000, herd: 10_000 }],
  ['10 000 within 10 s, 4 cores', { jobsPerHour: 10_000, herd: 10_000, dexCores: 4 }],
  ['10 000 within 5 min', { jobsPerHour: 10_000, herd: 10_000, herdSpreadMs: 5 * minute }],
  ['1000 within 10 s, limit 20/s + 40', limited],
  ['1000 within 10 s, limit 20/s + 40, `Retry-After: 1`', { ...limited, retryAfterMs: 1000 }],
  ['1000 within 10 s, limit 20/s + 40, `Retry-After: 10`', { ...limited, retryAfterMs: 10_000 }],
  ['1000 within 10 s, limit 20/s + 40, `Retry-After: 60`', { ...limited, retryAfterMs: 60_000 }],
  ['1000 within 1 min, limit 20/s + 40', { ...limited, herdSpreadMs: minute }],
  ['1000 within 10 s, limit 100/s + 200', { limitPerSecond: 100, limitBurst: 200 }],
];

/**
 * Simulates the fleets of docs/fleet.md and returns its tables.
 * @param progress receives a name before each simulation
 */
export async function usualFleetTables(progress: (name: string) => void): Promise<string> {
  const run = async (base: Fleet, [name, differs]: Row): Promise<readonly [string, FleetHour]> => {
    progress(name);
    return [name, await simulate({ ...base, ...differs })];
  };
  const steady: (readonly [string, FleetHour])[] = [];
  for (const row of fleets) steady.push(await run(usualFleet, row));
  const started: (readonly [string, FleetHour])[] = [];
  for (const row of herds) started.push(await run(herd, row));
  return [
    markdownTable(
      [
        '10 000 jobs an hour',
        'exchanges',
        'per job',
        'per second',
        'busiest second',
        'load of Dex',
      ],
      steady.map(([name, hour]) => [
        name,
        String(hour.exchanges),
        perJob(hour),
        perSecond(hour.exchanges),
        String(hour.busiestSecond.requests),
        percent(hour.load.average),
      ]),
    ),
    markdownTable(
      [
        'a herd',
        'requests',
        'busiest second',
        'load of Dex',
        '95 % wait',
        'longest',
        'jobs that fail',
      ],
      started.map(([name, hour]) => [
        name,
        String(hour.requests),
        String(hour.busiestSecond.requests),
        percent(hour.load.busiest),
        seconds(hour.waitMs.p95),
        seconds(hour.waitMs.longest),
        String(hour.failedCalls),
      ]),
    ),
  ].join('\n\n');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 1000 ? 2 : 1)} s`;
}
