import { expect, test } from 'vitest';
import { cachePlace } from '../../../src/cache/folder.ts';

const folders = { cache: '/home/u/.cache/dexchange', data: '/home/u/.local/share/dexchange' };
const cwd = () => '/builds/project';
const never = () => {
  throw new Error('cwd must not be called');
};

test('by default the cache is in the cache folder and its key in the data folder of the platform', () => {
  expect(cachePlace(undefined, folders, never)).toEqual({
    leaf: folders.cache,
    keyFolders: [folders.data, folders.cache],
  });
});

test('cache-dir contains a subfolder for the cache; the key stays in the data folder', () => {
  expect(cachePlace('/builds/cache', folders, never)).toEqual({
    leaf: '/builds/cache/dexchange',
    keyFolders: [folders.data, '/builds/cache/dexchange'],
  });
});

test('a relative cache-dir starts at the working folder', () => {
  expect(cachePlace('cache', folders, cwd)?.leaf).toBe('/builds/project/cache/dexchange');
});

test('without a home folder the key is in the cache folder, and cache-dir is required', () => {
  expect(cachePlace('/tmp/c', undefined, never)).toEqual({
    leaf: '/tmp/c/dexchange',
    keyFolders: ['/tmp/c/dexchange'],
  });
  expect(cachePlace(undefined, undefined, never)).toBeUndefined();
});
