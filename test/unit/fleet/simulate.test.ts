import { describe, expect, test } from 'vitest';
import type { Fleet } from '../../../scripts/fleet/fleet.ts';
import { usualFleet } from '../../../scripts/fleet/options.ts';
import { type FleetHour, hourMs, simulate } from '../../../scripts/fleet/simulate.ts';
import { refreshBeforeExpiryMs } from '../../../src/cache/freshness.ts';
import { renewalMs } from '../../../src/running/keep-fresh.ts';

const minute = 60_000;

/** Simulates 60 jobs that start together, and nothing before them. */
function herd(differs: Partial<Fleet> = {}): Promise<FleetHour> {
  return simulate({ ...usualFleet, jobsPerHour: 60, herd: 60, runners: 4, ...differs });
}

describe('exchanges of a job with its own token', () => {
  test.each([
    ['plugin', 'job'],
    ['plugin', 'runner'],
    ['exec', 'job'],
    ['exec', 'runner'],
  ] as const)('%s, cache of a %s: one, if the job is short', async (client, cache) => {
    const hour = await herd({ client, cache, jobLengthMs: minute });
    expect(hour).toMatchObject({ jobs: 60, exchanges: 60, requests: 60, failedCalls: 0 });
    expect(hour.calls).toBe(client === 'plugin' ? 600 : 60);
  });

  test('plugin: one more whenever a call comes after the renewal is due', async () => {
    const { tokenLifeMs } = usualFleet;
    const untilDueMs = tokenLifeMs - refreshBeforeExpiryMs(tokenLifeMs, undefined);
    const gapMs = 4 * minute;
    // Each call that comes after the renewal is due makes the next exchange.
    const callsPerToken = Math.ceil(untilDueMs / gapMs);
    const hour = await herd({ calls: 12, jobLengthMs: 12 * gapMs });
    expect(hour.exchanges).toBe(60 * Math.ceil(12 / callsPerToken));
  });

  test.each([10, 30])('exec: as many as renewals are due within %d minutes', async (minutes) => {
    const { tokenLifeMs } = usualFleet;
    const untilRenewalMs = tokenLifeMs - renewalMs(tokenLifeMs, undefined);
    const jobLengthMs = minutes * minute;
    const hour = await herd({ client: 'exec', jobLengthMs, herdSpreadMs: 0 });
    expect(hour.exchanges).toBe(60 * Math.ceil(jobLengthMs / untilRenewalMs));
    expect(hour.calls).toBe(60);
  });

  test('none is saved without a cache', async () => {
    const hour = await herd({ cache: 'none', jobLengthMs: minute });
    expect(hour).toMatchObject({ calls: 600, exchanges: 600 });
  });
});

describe('exchanges of one client', () => {
  test('one per runner, if jobs share the cache of a runner', async () => {
    const shared = { identity: 'shared', jobLengthMs: minute } as const;
    expect(await herd({ ...shared, cache: 'runner' })).toMatchObject({ calls: 600, exchanges: 4 });
    expect(await herd({ ...shared, cache: 'job' })).toMatchObject({ calls: 600, exchanges: 60 });
  });

  test('one per runner and token, in a whole hour with calls all the time', async () => {
    const fleet = { jobsPerHour: 600, calls: 2, jobLengthMs: minute, runners: 2 };
    const hour = await simulate({ ...usualFleet, ...fleet, identity: 'shared', cache: 'runner' });
    const { tokenLifeMs } = usualFleet;
    const untilDueMs = tokenLifeMs - refreshBeforeExpiryMs(tokenLifeMs, undefined);
    const most = 2 * Math.ceil(hourMs / untilDueMs);
    expect(hour.exchanges).toBeGreaterThan(most - 6);
    expect(hour.exchanges).toBeLessThanOrEqual(most);
  });
});

describe('a Dex that cannot keep up', () => {
  test('makes jobs wait, and fail when their timeout has passed', async () => {
    const slow = { exchangeCostMs: 1000, herdSpreadMs: 0, jobLengthMs: minute };
    const hour = await herd({ ...slow, client: 'exec', timeoutMs: 30_000 });
    // A core makes one exchange per second, the first after a second.
    expect(hour).toMatchObject({ requests: 60, exchanges: 29, failedCalls: 31 });
    expect(hour.waitMs.longest).toBe(30_000);
    const four = await herd({ ...slow, client: 'exec', dexCores: 4 });
    expect(four).toMatchObject({ exchanges: 60, failedCalls: 0 });
    expect(four.load.busiest).toBeGreaterThan(1);
  });
});

describe('a limiter in front of Dex', () => {
  const limited: Partial<Fleet> = {
    ...{ client: 'exec' as const, jobLengthMs: minute, herdSpreadMs: 0 },
    ...{ limitPerSecond: 1, limitBurst: 9 },
  };

  test('passes its burst on; each other job tries three times', async () => {
    const hour = await herd(limited);
    expect(hour.exchanges + hour.failedCalls).toBe(60);
    expect(hour.exchanges + hour.rejected).toBe(hour.requests);
    // Ten at once, and one more each second.
    expect(hour.exchanges).toBe(10);
    expect(hour.rejected).toBe(50 * 3);
  });

  test('passes more on if its Retry-After gives it time', async () => {
    const hour = await herd({ ...limited, retryAfterMs: 10_000 });
    // Thirty if all came back at the same times: ten at once, after ten seconds, and after twenty. The
    // jitter spreads each of these over five seconds, in which the limiter passes one more a second.
    expect(hour.exchanges).toBeGreaterThanOrEqual(35);
    expect(hour.exchanges).toBeLessThanOrEqual(40);
    expect(hour.exchanges + hour.failedCalls).toBe(60);
    expect(hour.waitMs.longest).toBeGreaterThanOrEqual(20_000);
  });

  test('is not asked again if its Retry-After is longer than the timeout', async () => {
    const hour = await herd({ ...limited, retryAfterMs: 60_000 });
    expect(hour).toMatchObject({ requests: 60, exchanges: 10, failedCalls: 50 });
    expect(hour.waitMs.longest).toBeLessThan(1000);
  });

  test('makes renewals fail, which exec tries again until they succeed', async () => {
    const jobLengthMs = 9 * minute;
    const hour = await herd({ ...limited, limitPerSecond: 1, limitBurst: 59, jobLengthMs });
    expect(hour).toMatchObject({ failedCalls: 0, failedRenewals: 0, exchanges: 120 });
    // The burst is not yet full again when the renewals are due.
    const slow = await herd({ ...limited, limitPerSecond: 0.2, limitBurst: 59, jobLengthMs });
    expect(slow).toMatchObject({ failedCalls: 0, exchanges: 120 });
    expect(slow.failedRenewals).toBeGreaterThan(3);
  });

  test('never rejects jobs that start slowly enough', async () => {
    const hour = await herd({ ...limited, herdSpreadMs: 10 * minute });
    expect(hour).toMatchObject({ requests: 60, exchanges: 60, rejected: 0 });
  });
});

test('renewals of a herd are as far apart as its starts', async () => {
  const hour = await herd({ client: 'exec', jobLengthMs: 8 * minute, herdSpreadMs: minute });
  const start = await herd({ client: 'exec', jobLengthMs: minute, herdSpreadMs: minute });
  expect(hour.exchanges).toBe(120);
  // Only their place in the seconds differs.
  expect(Math.abs(hour.busiestSecond.requests - start.busiestSecond.requests)).toBeLessThan(4);
});

test('the same seed has the same result, another seed another one', async () => {
  const fleet: Fleet = { ...usualFleet, jobsPerHour: 20, calls: 3, runners: 3, cache: 'runner' };
  const first = await simulate(fleet);
  expect(await simulate(fleet)).toEqual(first);
  expect(await simulate({ ...fleet, seed: 2 })).not.toEqual(first);
});
