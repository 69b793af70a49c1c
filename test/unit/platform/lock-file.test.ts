import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tryLockFile } from '../../../src/platform/lock-file.ts';
import { emptyFolder } from '../support/folder.ts';

function touched(path: string, agoMs: number): void {
  const at = new Date(Date.now() - agoMs);
  utimesSync(path, at, at);
}

test('one holder at a time has the lock, until it is released', async () => {
  const path = join(emptyFolder(), 'lock');
  const release = await tryLockFile(path);
  expect(lstatSync(path).isDirectory()).toBe(true);
  expect(await tryLockFile(path)).toBeUndefined();
  await release?.();
  expect(existsSync(path)).toBe(false);
  expect(await tryLockFile(path)).toBeDefined();
});

describe('a lock that no live process can hold is taken over:', () => {
  test.each<[string, (path: string) => void]>([
    [
      'it was not touched for long',
      (path) => {
        mkdirSync(path);
        touched(path, 6000);
      },
    ],
    [
      'it was touched in the future, since the clock was set back',
      (path) => {
        mkdirSync(path);
        touched(path, -3_600_000);
      },
    ],
    ['it is a file', (path) => writeFileSync(path, '')],
    [
      'it is an old file',
      (path) => {
        writeFileSync(path, '');
        touched(path, 3_600_000);
      },
    ],
    ['it is a link to nowhere', (path) => symlinkSync('/nowhere', path)],
    ['it is a link to itself', (path) => symlinkSync(path, path)],
    ['it is a link to a folder', (path) => symlinkSync(emptyFolder(), path)],
  ])('%s', async (_why, make) => {
    const path = join(emptyFolder(), 'lock');
    make(path);
    const release = await tryLockFile(path);
    expect(release).toBeDefined();
    await release?.();
    expect(existsSync(path)).toBe(false);
  });
});

test('a folder that is not empty is not removed, and taking the lock fails', async () => {
  const path = join(emptyFolder(), 'lock');
  mkdirSync(path);
  writeFileSync(join(path, 'file'), 'precious');
  touched(path, 60_000);
  await expect(tryLockFile(path)).rejects.toThrow('ENOTEMPTY');
  expect(readdirSync(path)).toEqual(['file']);
});
