import { expect, test } from 'vitest';
import { durationWords, utc } from '../../../src/explain/time-words.ts';

test.each([
  [0, '0 ms'],
  [12, '12 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [-61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [86_400_000, '1 day'],
  [2 * 86_400_000 + 3_600_000, '2 days 1 h'],
])('%d ms in words', (ms, words) => {
  expect(durationWords(ms)).toBe(words);
});

test('a moment is written in UTC, one that no calendar has as its number', () => {
  expect(utc(1_700_000_000.9)).toBe('2023-11-14T22:13:20Z');
  expect(utc(1e300)).toBe('1e+300');
});
