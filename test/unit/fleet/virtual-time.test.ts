import { expect, test } from 'vitest';
import { createVirtualTime } from '../../../scripts/fleet/virtual-time.ts';

test('what waits runs in the order of time, and of arrival if the time is the same', async () => {
  const time = createVirtualTime();
  const log: string[] = [];
  const wait = async (ms: number, name: string): Promise<void> => {
    await time.sleep(ms);
    log.push(`${name} ${time.now()}`);
  };
  const delays = [50, 10, 40, 10, 30, 20, 0, 60];
  const waits = delays.map((ms, index) => wait(ms, String(index)));
  await time.runUntil(55);
  expect(log).toEqual(['6 0', '1 10', '3 10', '5 20', '4 30', '2 40', '0 50']);
  expect(time.now()).toBe(55);
  await time.runUntil(100);
  await Promise.all(waits);
  expect(log.at(-1)).toBe('7 60');
});

test('what runs can wait again, before other events', async () => {
  const time = createVirtualTime();
  const log: number[] = [];
  const repeat = async (ms: number, times: number): Promise<void> => {
    for (let turn = 0; turn < times; turn += 1) {
      await time.sleep(ms);
      log.push(time.now());
    }
  };
  const both = [repeat(10, 3), repeat(25, 2)];
  await time.runUntil(1000);
  await Promise.all(both);
  expect(log).toEqual([10, 20, 25, 30, 50]);
});

test('a signal ends a wait early', async () => {
  const time = createVirtualTime();
  const end = new AbortController();
  const woken = time.sleep(1000, end.signal).then(() => time.now());
  void time.sleep(5).then(() => end.abort());
  await time.runUntil(10);
  expect(await woken).toBe(5);
  await time.sleep(1000, end.signal);
  expect(time.now()).toBe(10);
});
