import { describe, expect, test } from 'vitest';
import { cleanUp, isLitter, isOurName } from '../../../src/cache/clean-up.ts';
import { sealEntry } from '../../../src/cache/entry.ts';
import { entryKey } from '../../../src/cache/key.ts';
import type { CacheFile } from '../../../src/ports.ts';
import { Secret } from '../../../src/secret.ts';

const key = entryKey(Buffer.alloc(32, 7), [['client-id', 'ci']]);
const nowMs = 1_800_000_000_000;
const now = { wallMs: nowMs, steadyMs: 9_000_000, bootId: 'boot' };
const minute = 60_000;

function entry(ageMs: number, lifeMs = 10 * minute): Buffer {
  const obtained = { wallMs: nowMs - ageMs, steadyMs: 9_000_000 - ageMs, bootId: 'boot' };
  return sealEntry(key, {
    ...{ dex: 'https://dex.example.com/', connector: 'gitlab' },
    ...{ obtained, lifeMs, token: new Secret('a.b.c') },
  });
}

function file(name: string, ageMs: number, isFolder = false): CacheFile {
  return { name, isFolder, modifiedMs: nowMs - ageMs, bytes: 1 };
}

const stem = '0123456789abcdef0123456789abcdef';

describe('litter is', () => {
  test.each<[string, CacheFile, Buffer | undefined, boolean]>([
    ['an expired credential', file(`${stem}.entry`, 0), entry(12 * minute), true],
    ['not a good one', file(`${stem}.entry`, 0), entry(minute), false],
    ['not one that has just expired', file(`${stem}.entry`, 0), entry(10.5 * minute), false],
    ['an unreadable one, once it is old', file(`${stem}.entry`, 25 * 60 * minute), undefined, true],
    ['not an unreadable one of today', file(`${stem}.entry`, 60 * minute), undefined, false],
    [
      'an old temporary file',
      file(`${stem}.entry.0123456789abcdef.tmp`, 11 * minute),
      undefined,
      true,
    ],
    [
      'not one that is being written',
      file(`${stem}.entry.0123456789abcdef.tmp`, 1000),
      undefined,
      false,
    ],
    ['a dead lock', file(`${stem}.lock`, 11 * minute, true), undefined, true],
    ['not a lock in use', file(`${stem}.lock`, 1000, true), undefined, false],
    ['an old marker', file(`${stem}.asked`, 25 * 60 * minute), undefined, true],
    ['a lock from the future', file(`${stem}.lock`, -11 * minute, true), undefined, true],
    ['a marker from the future', file(`${stem}.asked`, -25 * 60 * minute), undefined, true],
    [
      'a credential of a clock that was set back since, once nobody can still use it',
      file(`${stem}.entry`, -25 * 60 * minute),
      entry(-25 * 60 * minute),
      true,
    ],
    ['never the key', file('key', 9e9), undefined, false],
    ['never a stranger’s file', file('notes.txt', 9e9), undefined, false],
    [
      'never a folder with the name of an entry',
      file(`${stem}.entry`, 9e9, true),
      undefined,
      false,
    ],
    ['never a file with the name of a lock', file(`${stem}.lock`, 9e9), undefined, false],
    ['never a longer name', file(`${stem}.entry.bak`, 9e9), undefined, false],
  ])('%s', (_what, candidate, head, litter) => {
    expect(isLitter(candidate, () => head, now)).toBe(litter);
  });
});

test('only names of our making are ours', () => {
  expect(isOurName(`${stem}.entry`)).toBe(true);
  for (const name of ['key', `${stem}.entry~`, `../${stem}.entry`, `${stem.toUpperCase()}.entry`]) {
    expect(isOurName(name)).toBe(false);
  }
});

test('cleaning stops when its time is up, and goes on the next time', () => {
  const files = new Set(['a', 'b', 'c', 'd'].map((digit) => `${digit.repeat(32)}.asked`));
  const folder = {
    list: () => [...files].map((name) => file(name, 30 * 60 * minute)),
    readStart: () => undefined,
    remove: (_folder: string, { name }: CacheFile) => files.delete(name),
  };
  let left = 3;
  const mayGoOn = () => left-- > 0;
  expect(cleanUp('/cache', folder, now, mayGoOn)).toHaveLength(3);
  left = 3;
  expect(cleanUp('/cache', folder, now, mayGoOn)).toHaveLength(1);
  expect(files.size).toBe(0);
});
