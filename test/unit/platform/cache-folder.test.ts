import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolderFiles } from '../../../src/platform/cache-folder.ts';
import { emptyFolder } from '../support/folder.ts';

function names(folder: string, most = 100): string[] {
  return [...cacheFolderFiles.list(folder, most)].map(({ name }) => name);
}

test('lists all files and folders, and nothing else', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'file'), 'four');
  mkdirSync(join(folder, 'folder'));
  symlinkSync(join(folder, 'file'), join(folder, 'link'));
  expect(names(folder).sort()).toEqual(['file', 'folder']);
  const file = [...cacheFolderFiles.list(folder, 9)].find(({ isFolder }) => !isFolder);
  expect(file).toMatchObject({ name: 'file', bytes: 4 });
});

test('a missing folder is listed as empty', () => {
  expect(names(join(emptyFolder(), 'none'))).toEqual([]);
});

test('repeated listing of a large folder reaches all files', () => {
  const folder = emptyFolder();
  for (let index = 0; index < 100; index++) writeFileSync(join(folder, `${index}`), '');
  const seen = new Set<string>();
  let calls = 0;
  for (; seen.size < 100 && calls < 1000; calls++) {
    const some = names(folder, 10);
    expect(new Set(some).size).toBe(10);
    for (const name of some) seen.add(name);
  }
  expect(seen.size).toBe(100);
});

test('removes a link, never its target', () => {
  const folder = emptyFolder();
  const precious = join(emptyFolder(), 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, join(folder, 'link'));
  const file = { name: 'link', isFolder: false, modifiedMs: 0, bytes: 0 };
  expect(cacheFolderFiles.remove(folder, file)).toBe(true);
  expect(readFileSync(precious, 'utf8')).toBe('precious');
});
