import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHttpDate } from '../../../src/http/date.ts';
import {
  backoffMs,
  retryAfterMs,
  retryWaitMs,
  sleep,
  withJitter,
} from '../../../src/platform/http/retry.ts';

const noon = Date.UTC(2026, 7, 1, 12, 0, 0);

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['Sat, 01 Aug 2026 12:00:30 GMT', 30_000],
    ['Saturday, 01-Aug-26 12:00:30 GMT', 30_000],
    ['Sat Aug  1 12:00:30 2026', 30_000],
    ['Sat, 01 Aug 2026 11:00:00 GMT', 0],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['1e3', undefined],
    ['2026-08-01T12:00:30Z', undefined],
    ['Sat, 99 Foo 2026 12:00:30 GMT', undefined],
  ])('%j means a wait of %j ms', (value, expected) => {
    expect(retryAfterMs({ 'retry-after': value }, noon)).toBe(expected);
  });

  test('is undefined if the header is missing', () => {
    expect(retryAfterMs({}, noon)).toBeUndefined();
  });

  test('as a date is relative to the clock of the server', () => {
    const headers = {
      date: 'Sat, 01 Aug 2026 12:00:00 GMT',
      'retry-after': 'Sat, 01 Aug 2026 12:00:05 GMT',
    };
    expect(retryAfterMs(headers, noon - 3_600_000)).toBe(5_000);
  });

  test('is limited to a year', () => {
    expect(retryAfterMs({ 'retry-after': '9'.repeat(400) }, noon)).toBe(365 * 86_400_000);
  });

  test('never throws for any text', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const wait = retryAfterMs({ 'retry-after': value }, noon);
        return wait === undefined || wait >= 0;
      }),
    );
  });
});

test('an HTTP date is parsed to the second, in any local time zone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
      const date = new Date(seconds * 1000);
      return parseHttpDate(date.toUTCString()) === seconds * 1000;
    }),
  );
});

test('waits grow, vary randomly, and are never zero', () => {
  expect([1, 2].map((attempt) => backoffMs(attempt, 300, () => 0))).toEqual([150, 300]);
  expect([1, 2].map((attempt) => backoffMs(attempt, 300, () => 1))).toEqual([300, 600]);
});

describe('a retry after the wait that the server requested', () => {
  test('is never earlier, and up to half of the wait later', () => {
    expect(withJitter(5_000, () => 0, 30_000)).toBe(5_000);
    expect(withJitter(5_000, () => 1, 30_000)).toBe(7_500);
    expect(withJitter(0, () => 1, 30_000)).toBe(250);
  });

  test('leaves half of the remaining time for the attempt', () => {
    expect(withJitter(20_000, () => 1, 24_000)).toBe(22_000);
    expect(withJitter(20_000, () => 1, 20_000)).toBe(20_000);
    expect(withJitter(20_000, () => 1, 10_000)).toBe(20_000);
  });
});

describe('the next attempt', () => {
  const failed = { attempt: 1, retryable: true };
  const wait = (differs: object, remainingMs = 30_000) =>
    retryWaitMs({ ...failed, ...differs }, 300, () => 0.5, remainingMs);

  test('is later after the second failure, or when the server says', () => {
    expect([wait({}), wait({ attempt: 2 })]).toEqual([225, 450]);
    expect(wait({ retryAfterMs: 5_000 })).toBe(6_250);
    expect(wait({ retryAfterMs: 0 })).toBeLessThan(wait({}) ?? 0);
  });

  test('does not take place after three attempts, after a final failure, or after the deadline', () => {
    expect(wait({ attempt: 3 })).toBeUndefined();
    expect(wait({ retryable: false })).toBeUndefined();
    expect(wait({}, 225)).toBeUndefined();
    expect(wait({}, 226)).toBe(225);
    expect(wait({ retryAfterMs: 60_000 })).toBeUndefined();
  });
});

test('the signal ends a wait', async () => {
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort();
  await expect(sleeping).rejects.toThrow();
  await expect(sleep(60_000, controller.signal)).rejects.toThrow();
});
