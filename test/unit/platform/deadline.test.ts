import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createDeadline } from '../../../src/platform/deadline.ts';

test('the remaining time follows the given clock and is never negative', () => {
  let now = 1_000;
  const deadline = createDeadline(30_000, { now: () => now });
  expect(deadline.remainingMs()).toBe(30_000);
  now += 12_000;
  expect(deadline.remainingMs()).toBe(18_000);
  now += 60_000;
  expect(deadline.remainingMs()).toBe(0);
  expect(deadline.totalMs).toBe(30_000);
});

test('the signal aborts when the time has elapsed', async () => {
  const { signal } = createDeadline(5, performance);
  expect(signal.aborted).toBe(false);
  const waiting = setTimeout(() => {}, 60_000);
  await once(signal, 'abort');
  clearTimeout(waiting);
  expect(signal.aborted).toBe(true);
});

test('a deadline of a month does not abort immediately', async () => {
  const { signal } = createDeadline(31 * 24 * 3600 * 1000, performance);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(signal.aborted).toBe(false);
});
