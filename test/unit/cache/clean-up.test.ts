import { describe, expect, test } from 'vitest';
import { cleanUp, isCacheFileName, isStale } from '../../../src/cache/clean-up.ts';
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

describe('a cache file is stale, or not:', () => {
  test.each<[string, CacheFile, Buffer | undefined, boolean]>([
    ['an expired credential', file(`${stem}.entry`, 0), entry(12 * minute), true],
    ['not a valid credential', file(`${stem}.entry`, 0), entry(minute), false],
    [
      'not a credential that has just expired',
      file(`${stem}.entry`, 0),
      entry(10.5 * minute),
      false,
    ],
    ['an old unreadable file', file(`${stem}.entry`, 25 * 60 * minute), undefined, true],
    ['not a recent unreadable file', file(`${stem}.entry`, 60 * minute), undefined, false],
    [
      'an old temporary file',
      file(`${stem}.entry.0123456789abcdef.tmp`, 11 * minute),
      undefined,
      true,
    ],
    [
      'not a recent temporary file',
      file(`${stem}.entry.0123456789abcdef.tmp`, 1000),
      undefined,
      false,
    ],
    ['an abandoned lock', file(`${stem}.lock`, 11 * minute, true), undefined, true],
    ['not a lock in use', file(`${stem}.lock`, 1000, true), undefined, false],
    ['an old marker', file(`${stem}.asked`, 25 * 60 * minute), undefined, true],
    ['a lock dated in the future', file(`${stem}.lock`, -11 * minute, true), undefined, true],
    ['a marker dated in the future', file(`${stem}.asked`, -25 * 60 * minute), undefined, true],
    [
      'a credential dated in the future, before the clock was set back',
      file(`${stem}.entry`, -25 * 60 * minute),
      entry(-25 * 60 * minute),
      true,
    ],
    ['not the sealing key', file('key', 9e9), undefined, false],
    ['not a file of another program', file('notes.txt', 9e9), undefined, false],
    ['not a folder with the name of an entry', file(`${stem}.entry`, 9e9, true), undefined, false],
    ['not a file with the name of a lock', file(`${stem}.lock`, 9e9), undefined, false],
    ['not a file with a longer name', file(`${stem}.entry.bak`, 9e9), undefined, false],
  ])('%s', (_what, candidate, head, expected) => {
    expect(isStale(candidate, () => head, now)).toBe(expected);
  });
});

test('only names that this program creates are cache file names', () => {
  expect(isCacheFileName(`${stem}.entry`)).toBe(true);
  for (const name of ['key', `${stem}.entry~`, `../${stem}.entry`, `${stem.toUpperCase()}.entry`]) {
    expect(isCacheFileName(name)).toBe(false);
  }
});

test('clean-up stops when its time is up, and the next run continues', () => {
  const files = new Set(['a', 'b', 'c', 'd'].map((digit) => `${digit.repeat(32)}.asked`));
  const folder = {
    list: () => [...files].map((name) => file(name, 30 * 60 * minute)),
    readStart: () => undefined,
    remove: (_folder: string, { name }: CacheFile) => files.delete(name),
  };
  let left = 3;
  const hasTime = () => left-- > 0;
  expect(cleanUp('/cache', folder, now, hasTime)).toHaveLength(3);
  left = 3;
  expect(cleanUp('/cache', folder, now, hasTime)).toHaveLength(1);
  expect(files.size).toBe(0);
});
