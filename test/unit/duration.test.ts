import { expect, test } from 'vitest';
import { table } from '../../src/config/table.ts';
import { parseValue } from '../../src/config/values.ts';
import { formatDuration, goDuration } from '../../src/duration.ts';

test.each([
  [300, '300ms'],
  [1500, '1500ms'],
  [5000, '5s'],
  [90_000, '90s'],
  [330_000, '5m30s'],
  [600_000, '10m'],
  [3_600_000, '1h'],
  [5_400_000, '90m'],
  [6_000_000, '1h40m'],
  [3_600_000_000, '1000h'],
])('a duration as a setting: %d is %s', (milliseconds, text) => {
  expect(goDuration(milliseconds)).toBe(text);
  expect(parseValue(table.timeout, text, '--timeout')).toBe(milliseconds);
});

test('no time at all is a duration as a setting, too', () => {
  expect(goDuration(0)).toBe('0s');
});

test.each([
  [0, '0 ms'],
  [0.4, '0 ms'],
  [12, '12 ms'],
  [300, '300 ms'],
  [999.9, '999 ms'],
  [1000, '1 s'],
  [1500, '1.5 s'],
  [9999, '9.9 s'],
  [10_000, '10 s'],
  [30_000, '30 s'],
  [59_999, '59 s'],
  [298_000, '4 min 58 s'],
  [-61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [7_200_000, '2 h'],
  [7_260_000, '2 h 1 min'],
  [86_400_000, '1 day'],
  [86_460_000, '1 day'],
  [2 * 86_400_000 + 3_661_000, '2 days 1 h'],
])('%d ms is written as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
