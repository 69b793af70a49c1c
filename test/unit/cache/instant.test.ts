import { expect, test } from 'vitest';
import { elapsedMs, readInstant } from '../../../src/cache/instant.ts';

const noon = { wallMs: 1_000_000, steadyMs: 5_000, bootId: 'a' };

test.each([
  ['both clocks agree', 60_000, 60_000, 'a', 60_000],
  ['the steady clock stopped while the machine slept', 60_000, 10_000, 'a', 60_000],
  ['the wall clock was set back', -3_600_000, 60_000, 'a', 60_000],
  ['the wall clock was set back a little', 50_000, 60_000, 'a', 60_000],
  ['the clocks drift', 60_000, 60_100, 'a', 60_000],
  ['the machine was rebooted', 60_000, -4_000, 'b', 60_000],
  ['NTP set the clock back by a second', -1_000, 0, 'b', 0],
  ['the clock was set back and the machine was rebooted', -1_001, 10, 'b', undefined],
  ['the clock was set back and there is no boot id', -1_001, 10, undefined, undefined],
])('elapsed time if %s', (_what, wallMs, steadyMs, bootId, elapsed) => {
  const later = { wallMs: noon.wallMs + wallMs, steadyMs: noon.steadyMs + steadyMs, bootId };
  expect(elapsedMs(noon, later)).toBe(elapsed);
});

test('instants without boot ids are compared by the wall clock', () => {
  const then = { ...noon, bootId: undefined };
  expect(elapsedMs(then, { ...then, wallMs: then.wallMs + 5, steadyMs: 99_999 })).toBe(5);
});

test('readInstant returns an instant that was written as JSON', () => {
  expect(readInstant(JSON.parse(JSON.stringify(noon)))).toEqual(noon);
  expect(readInstant(JSON.parse(JSON.stringify({ ...noon, bootId: undefined })))).toEqual({
    ...noon,
    bootId: undefined,
  });
});

test.each([
  undefined,
  null,
  7,
  {},
  { wallMs: 1 },
  { wallMs: '1', steadyMs: 1 },
  { wallMs: 1, steadyMs: null },
])('%j is not a valid instant', (value) => {
  expect(readInstant(value)).toBeUndefined();
});
