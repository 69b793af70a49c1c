import { expect, test } from 'vitest';
import { isoTime } from '../../../src/http/date.ts';

test('a time is written in UTC to the second, and as a number outside of the calendar', () => {
  expect(isoTime(1_700_000_000_900)).toBe('2023-11-14T22:13:20Z');
  expect(isoTime(-1)).toBe('1969-12-31T23:59:59Z');
  expect(isoTime(1e303)).toBe('1e+300');
  expect(isoTime(Number.NaN)).toBe('NaN');
});
