import { expect, test } from 'vitest';
import { cachePlace } from '../../../src/cache/folder.ts';

const folders = { cache: '/home/u/.cache/dexchange', data: '/home/u/.local/share/dexchange' };
const cwd = () => '/builds/project';
const never = () => {
  throw new Error('the working folder does not matter');
};

test('is the platform’s, with the key apart', () => {
  expect(cachePlace(undefined, folders, never)).toEqual({
    leaf: folders.cache,
    keyFolders: [folders.data, folders.cache],
  });
});

test('is a folder of its own below cache-dir, with the key still apart', () => {
  expect(cachePlace('/builds/cache', folders, never)).toEqual({
    leaf: '/builds/cache/dexchange',
    keyFolders: [folders.data, '/builds/cache/dexchange'],
  });
});

test('starts, if relative, at the working folder', () => {
  expect(cachePlace('cache', folders, cwd)?.leaf).toBe('/builds/project/cache/dexchange');
});

test('holds its own key where there is no home, and is nowhere without cache-dir', () => {
  expect(cachePlace('/tmp/c', undefined, never)).toEqual({
    leaf: '/tmp/c/dexchange',
    keyFolders: ['/tmp/c/dexchange'],
  });
  expect(cachePlace(undefined, undefined, never)).toBeUndefined();
});
