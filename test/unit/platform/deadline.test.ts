import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createDeadline } from '../../../src/platform/deadline.ts';

test('counts down by the given clock, and not below zero', () => {
  let now = 1_000;
  const deadline = createDeadline(30_000, { now: () => now });
  expect(deadline.remainingMs()).toBe(30_000);
  now += 12_000;
  expect(deadline.remainingMs()).toBe(18_000);
  now += 60_000;
  expect(deadline.remainingMs()).toBe(0);
  expect(deadline.totalMs).toBe(30_000);
});

test('aborts when it is over', async () => {
  const { signal } = createDeadline(5, performance);
  expect(signal.aborted).toBe(false);
  const waiting = setTimeout(() => {}, 60_000);
  await once(signal, 'abort');
  clearTimeout(waiting);
  expect(signal.aborted).toBe(true);
});

test('of a month is not over at once', async () => {
  const { signal } = createDeadline(31 * 24 * 3600 * 1000, performance);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(signal.aborted).toBe(false);
});
