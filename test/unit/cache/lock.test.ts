import { describe, expect, test } from 'vitest';
import { type LockWait, lockOrResult } from '../../../src/cache/lock.ts';

/** A lock that is held for the first `busy` attempts, and a clock that only advances in sleep. */
function fakeLock(busy: number, totalMs = 30_000) {
  const log: string[] = [];
  let elapsedMs = 0;
  let tries = 0;
  const wait: LockWait = {
    async tryLock() {
      log.push('try');
      tries++;
      if (tries <= busy) return undefined;
      return async () => {
        log.push('release');
      };
    },
    async sleep(milliseconds) {
      elapsedMs += milliseconds;
    },
    random: () => 0.5,
    remainingMs: () => Math.max(0, totalMs - elapsedMs),
  };
  return { wait, log, elapsedMs: () => elapsedMs };
}

const noResult = () => undefined;

test('a single process gets the lock and releases it after its work', async () => {
  const { wait, log } = fakeLock(0);
  const locked = await lockOrResult('/lock', wait, noResult);
  if (!('release' in locked)) throw new Error('no release');
  expect(locked.held).toBe(true);
  expect(log).toEqual(['try']);
  await locked.release();
  expect(log).toEqual(['try', 'release']);
});

test('a waiting process gets the result of the holder, without the lock', async () => {
  const { wait, log } = fakeLock(Number.POSITIVE_INFINITY);
  const results = [undefined, undefined, { token: 'x' }];
  const locked = await lockOrResult('/lock', wait, () => results.shift());
  expect(locked).toEqual({ result: { token: 'x' } });
  expect(log).toEqual(['try', 'try', 'try']);
});

test('a process that gets the lock after another has finished takes the result and releases the lock', async () => {
  const { wait, log } = fakeLock(1);
  const results = [undefined, { token: 'x' }];
  const locked = await lockOrResult('/lock', wait, () => results.shift());
  expect(locked).toEqual({ result: { token: 'x' } });
  expect(log).toEqual(['try', 'try', 'release']);
});

test('a process that waits for a hanging holder continues without the lock, with three seconds left', async () => {
  const { wait, elapsedMs } = fakeLock(Number.POSITIVE_INFINITY, 30_000);
  const locked = await lockOrResult('/lock', wait, noResult);
  expect(locked).toMatchObject({ held: false });
  expect(elapsedMs()).toBeGreaterThanOrEqual(27_000);
  expect(elapsedMs()).toBeLessThan(27_100);
  if ('release' in locked) await locked.release();
});

describe('between attempts a process waits', () => {
  test.each([
    [0, 20],
    [1, 80],
  ])('with random number %d for %d ms', async (random, pauseMs) => {
    const { wait, elapsedMs } = fakeLock(1);
    await lockOrResult('/lock', { ...wait, random: () => random }, noResult);
    expect(elapsedMs()).toBe(pauseMs);
  });
});

test('if the lock fails with an error, the process continues without it', async () => {
  const { wait } = fakeLock(0);
  const tryLock = () => Promise.reject(new Error('ENOSPC'));
  const locked = await lockOrResult('/lock', { ...wait, tryLock }, noResult);
  expect(locked).toMatchObject({ held: false });
  if ('release' in locked) await locked.release();
});

test('without remaining time a process does not wait', async () => {
  const { wait, elapsedMs } = fakeLock(Number.POSITIVE_INFINITY, 0);
  expect(await lockOrResult('/lock', wait, noResult)).toMatchObject({ held: false });
  expect(elapsedMs()).toBe(0);
});
