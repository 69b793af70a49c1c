import { describe, expect, test } from 'vitest';
import { type LockWait, lockOrResult } from '../../../src/cache/lock.ts';

/** A lock that is held for the first `busy` tries, and a clock that only sleeping moves. */
function aLock(busy: number, totalMs = 30_000) {
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

const nothing = () => undefined;

test('who comes alone holds it, until the work is done', async () => {
  const { wait, log } = aLock(0);
  const locked = await lockOrResult('/lock', wait, nothing);
  if (!('release' in locked)) throw new Error('no release');
  expect(locked.held).toBe(true);
  expect(log).toEqual(['try']);
  await locked.release();
  expect(log).toEqual(['try', 'release']);
});

test('who waits gets what the holder did, without the lock', async () => {
  const { wait, log } = aLock(Number.POSITIVE_INFINITY);
  const results = [undefined, undefined, { token: 'x' }];
  const locked = await lockOrResult('/lock', wait, () => results.shift());
  expect(locked).toEqual({ result: { token: 'x' } });
  expect(log).toEqual(['try', 'try', 'try']);
});

test('who gets the lock after another’s work looks again, and gives it back at once', async () => {
  const { wait, log } = aLock(1);
  const results = [undefined, { token: 'x' }];
  const locked = await lockOrResult('/lock', wait, () => results.shift());
  expect(locked).toEqual({ result: { token: 'x' } });
  expect(log).toEqual(['try', 'try', 'release']);
});

test('who waits for a holder that hangs goes on alone, with three seconds left', async () => {
  const { wait, elapsedMs } = aLock(Number.POSITIVE_INFINITY, 30_000);
  const locked = await lockOrResult('/lock', wait, nothing);
  expect(locked).toMatchObject({ held: false });
  expect(elapsedMs()).toBeGreaterThanOrEqual(27_000);
  expect(elapsedMs()).toBeLessThan(27_100);
  if ('release' in locked) await locked.release();
});

describe('waits', () => {
  test.each([
    [0, 20],
    [1, 80],
  ])('between tries, by chance %d, %d ms', async (chance, pauseMs) => {
    const { wait, elapsedMs } = aLock(1);
    await lockOrResult('/lock', { ...wait, random: () => chance }, nothing);
    expect(elapsedMs()).toBe(pauseMs);
  });
});

test('a lock that cannot be had at all stops nobody', async () => {
  const { wait } = aLock(0);
  const tryLock = () => Promise.reject(new Error('ENOSPC'));
  const locked = await lockOrResult('/lock', { ...wait, tryLock }, nothing);
  expect(locked).toMatchObject({ held: false });
  if ('release' in locked) await locked.release();
});

test('without time left nobody waits', async () => {
  const { wait, elapsedMs } = aLock(Number.POSITIVE_INFINITY, 0);
  expect(await lockOrResult('/lock', wait, nothing)).toMatchObject({ held: false });
  expect(elapsedMs()).toBe(0);
});
