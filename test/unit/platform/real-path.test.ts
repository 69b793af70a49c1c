import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realPath } from '../../../src/platform/real-path.ts';
import { emptyFolder } from '../support/folder.ts';

test('links are followed as far as the path exists', () => {
  const folder = realpathSync(emptyFolder());
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real', 'file'), '');
  symlinkSync('real', join(folder, 'link'));
  symlinkSync('loop', join(folder, 'loop'));
  for (const [path, real] of [
    ['link', 'real'],
    ['link/file', 'real/file'],
    ['link/missing/file', 'real/missing/file'],
    ['link/file/below', 'real/file/below'],
    ['loop/file', 'loop/file'],
    ['missing', 'missing'],
  ] as const) {
    expect(realPath(join(folder, path))).toBe(join(folder, real));
  }
  expect(realPath('/')).toBe('/');
});
