import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshness, reportedEarlyMs } from '../../../src/cache/freshness.ts';
import type { Instant } from '../../../src/ports.ts';

const minute = 60_000;

function lasting(lifeMs: number) {
  return { obtained: { wallMs: 1_000_000_000, steadyMs: 50_000, bootId: 'boot' }, lifeMs };
}

function state(lifeMs: number, afterMs: number, beforeMs: number | undefined) {
  const entry = lasting(lifeMs);
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
])('a life of %d ms is reported to end %d ms early', (lifeMs, earlyMs) => {
  expect(reportedEarlyMs(lasting(lifeMs))).toBe(earlyMs);
});

describe('by default', () => {
  test.each([
    // A fifth of ten minutes.
    [10 * minute, 0, 'fresh'],
    [10 * minute, 8 * minute - 1, 'fresh'],
    [10 * minute, 8 * minute, 'aging'],
    [10 * minute, 10 * minute - 10_001, 'aging'],
    [10 * minute, 10 * minute - 10_000, 'expired'],
    [10 * minute, 20 * minute, 'expired'],
    // At most five minutes.
    [24 * 60 * minute, 24 * 60 * minute - 5 * minute - 1, 'fresh'],
    [24 * 60 * minute, 24 * 60 * minute - 5 * minute, 'aging'],
    // Short lives have all three.
    [1_000, 799, 'fresh'],
    [1_000, 800, 'aging'],
    [1_000, 900, 'expired'],
  ])('a life of %d ms is, after %d ms, %s', (lifeMs, afterMs, expected) => {
    expect(state(lifeMs, afterMs, undefined)).toBe(expected);
  });
});

describe('with refresh-before', () => {
  test.each([
    [minute, 9 * minute - 1, 'fresh'],
    [minute, 9 * minute, 'aging'],
    [0, 10 * minute - 10_001, 'fresh'],
    [0, 10 * minute - 10_000, 'expired'],
    // Nine tenths of the life at most, or nothing would be cached.
    [60 * minute, minute - 1, 'fresh'],
    [60 * minute, minute, 'aging'],
  ])('of %d ms, ten minutes are, after %d ms, %s', (beforeMs, afterMs, expected) => {
    expect(state(10 * minute, afterMs, beforeMs)).toBe(expected);
  });
});

describe('when the wall clock was set', () => {
  const entry = lasting(10 * minute);
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
    ['back, the steady clock tells the age', -60 * minute, minute, 'boot', 'fresh'],
    ['back, an old credential does not grow young', 0, 10 * minute, 'boot', 'expired'],
    ['back a little by NTP, it is as old as it was', minute - 150, minute, 'boot', 'fresh'],
    ['back before it was had, on another boot, it is a miss', -1_001, -9, 'other', 'expired'],
    ['back before it was had, where no boot is known, it is a miss', -1_001, 9, '', 'expired'],
    ['back by less than a second, it is no matter', -1_000, 9, 'other', 'fresh'],
    ['forward, it is a miss rather than a risk', 60 * minute, 1, 'boot', 'expired'],
  ])('%s', (_what, wallMs, steadyMs, boot, expected) => {
    expect(at(wallMs, steadyMs, boot === '' ? undefined : boot).state).toBe(expected);
  });

  test('what remains is told by the clock that says less', () => {
    expect(at(minute, 3 * minute, 'boot').remainingMs).toBe(7 * minute - 10_000);
    expect(at(3 * minute, minute, 'boot').remainingMs).toBe(7 * minute - 10_000);
    expect(at(minute, 0, 'other').remainingMs).toBe(9 * minute - 10_000);
  });
});

test('with time it only ages', () => {
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
