import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshness, reportedEarlyMs } from '../../../src/cache/freshness.ts';

const minute = 60_000;

function lasting(lifeMs: number) {
  return { obtainedMs: 1_000_000_000, expiresMs: 1_000_000_000 + lifeMs };
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
  ])('a life of %d ms is, after %d ms, %s', (lifeMs, afterMs, state) => {
    const entry = lasting(lifeMs);
    expect(freshness(entry, entry.obtainedMs + afterMs, undefined)).toBe(state);
  });
});

describe('with refresh-before', () => {
  test.each([
    [minute, 9 * minute - 1, 'fresh'],
    [minute, 9 * minute, 'aging'],
    [0, 10 * minute - 10_001, 'fresh'],
    [0, 10 * minute - 10_000, 'expired'],
    [60 * minute, 0, 'aging'],
  ])('of %d ms, ten minutes are, after %d ms, %s', (beforeMs, afterMs, state) => {
    const entry = lasting(10 * minute);
    expect(freshness(entry, entry.obtainedMs + afterMs, beforeMs)).toBe(state);
  });
});

test('a clock that was set back makes it a miss, but for a second of jitter', () => {
  const entry = lasting(10 * minute);
  expect(freshness(entry, entry.obtainedMs - 1_000, undefined)).toBe('fresh');
  expect(freshness(entry, entry.obtainedMs - 1_001, undefined)).toBe('expired');
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
        const entry = lasting(lifeMs);
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((afterMs) =>
          order.indexOf(freshness(entry, entry.obtainedMs + afterMs, beforeMs)),
        );
        expect(early).toBeLessThanOrEqual(late ?? -1);
      },
    ),
  );
});
