import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshness, reportedEarlyMs } from '../../../src/cache/freshness.ts';
import type { Instant } from '../../../src/ports.ts';

const minute = 60_000;

function entryWithLife(lifeMs: number) {
  return { obtained: { wallMs: 1_000_000_000, steadyMs: 50_000, bootId: 'boot' }, lifeMs };
}

function state(lifeMs: number, afterMs: number, beforeMs: number | undefined) {
  const entry = entryWithLife(lifeMs);
  const now: Instant = {
    wallMs: entry.obtained.wallMs + afterMs,
    steadyMs: entry.obtained.steadyMs + afterMs,
    bootId: 'boot',
  };
  return freshness(entry, now, beforeMs).state;
}

test.each([
  [24 * 60 * minute, 10_000],
  [10 * minute, 10_000],
  [100_000, 10_000],
  [50_000, 5_000],
  [1, 0.1],
])('a life of %d ms is reported to expire %d ms early', (lifeMs, earlyMs) => {
  expect(reportedEarlyMs(entryWithLife(lifeMs))).toBe(earlyMs);
});

describe('with the default refresh-before', () => {
  test.each([
    // Aging for 55 % of ten minutes.
    [10 * minute, 0, 'fresh'],
    [10 * minute, 4.5 * minute - 1, 'fresh'],
    [10 * minute, 4.5 * minute, 'aging'],
    [10 * minute, 10 * minute - 10_001, 'aging'],
    [10 * minute, 10 * minute - 10_000, 'expired'],
    [10 * minute, 20 * minute, 'expired'],
    // Aging for at most five and a half minutes.
    [24 * 60 * minute, 24 * 60 * minute - 5.5 * minute - 1, 'fresh'],
    [24 * 60 * minute, 24 * 60 * minute - 5.5 * minute, 'aging'],
    // A short life has all three states.
    [1_000, 449, 'fresh'],
    [1_000, 450, 'aging'],
    [1_000, 900, 'expired'],
  ])('a credential with a life of %d ms, after %d ms, is %s', (lifeMs, afterMs, expected) => {
    expect(state(lifeMs, afterMs, undefined)).toBe(expected);
  });
});

describe('with refresh-before', () => {
  test.each([
    [minute, 9 * minute - 1, 'fresh'],
    [minute, 9 * minute, 'aging'],
    [0, 10 * minute - 10_001, 'fresh'],
    [0, 10 * minute - 10_000, 'expired'],
    // Aging for at most nine tenths of the life.
    [60 * minute, minute - 1, 'fresh'],
    [60 * minute, minute, 'aging'],
  ])(
    'of %d ms, a credential with a life of ten minutes, after %d ms, is %s',
    (beforeMs, afterMs, expected) => {
      expect(state(10 * minute, afterMs, beforeMs)).toBe(expected);
    },
  );
});

describe('if the wall clock was set', () => {
  const entry = entryWithLife(10 * minute);
  const at = (wallMs: number, steadyMs: number, bootId: string | undefined) =>
    freshness(
      entry,
      {
        wallMs: entry.obtained.wallMs + wallMs,
        steadyMs: entry.obtained.steadyMs + steadyMs,
        bootId,
      },
      undefined,
    );

  test.each([
    ['back, the age comes from the steady clock', -60 * minute, minute, 'boot', 'fresh'],
    ['back, an expired credential stays expired', 0, 10 * minute, 'boot', 'expired'],
    ['back a little by NTP, a fresh credential stays fresh', minute - 150, minute, 'boot', 'fresh'],
    [
      'back to before it was obtained, after a reboot, it counts as expired',
      -1_001,
      -9,
      'other',
      'expired',
    ],
    [
      'back to before it was obtained, without a boot id, it counts as expired',
      -1_001,
      9,
      '',
      'expired',
    ],
    ['back by at most a second, it stays fresh', -1_000, 9, 'other', 'fresh'],
    ['forward, it counts as expired', 60 * minute, 1, 'boot', 'expired'],
  ])('%s', (_what, wallMs, steadyMs, boot, expected) => {
    expect(at(wallMs, steadyMs, boot === '' ? undefined : boot).state).toBe(expected);
  });

  test('the remaining life comes from the clock with the smaller result', () => {
    expect(at(minute, 3 * minute, 'boot').remainingMs).toBe(7 * minute - 10_000);
    expect(at(3 * minute, minute, 'boot').remainingMs).toBe(7 * minute - 10_000);
    expect(at(minute, 0, 'other').remainingMs).toBe(9 * minute - 10_000);
  });
});

test('a credential never becomes fresher with time', () => {
  const order = ['fresh', 'aging', 'expired'];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 * 60 * minute }),
      fc.nat(200 * 60 * minute),
      fc.nat(200 * 60 * minute),
      fc.option(fc.nat(60 * minute), { nil: undefined }),
      (lifeMs, one, other, beforeMs) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((afterMs) =>
          order.indexOf(state(lifeMs, afterMs, beforeMs)),
        );
        expect(early).toBeLessThanOrEqual(late ?? -1);
      },
    ),
  );
});
