import { expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { writeFailure } from '../../../src/platform/write-failure.ts';

test.each([
  ['EACCES', 'permission denied', /permissions of the file and its folder/],
  ['EPERM', 'not permit', /owner/],
  ['EROFS', 'file system is read-only', /another file system/],
  ['ENOSPC', 'no space is left', /free space/],
  ['EDQUOT', 'disk quota', /raise the quota/],
  ['EFBIG', 'larger than the limit', /ulimit -f/],
  ['ENOENT', 'folder of the path does not exist', /create/],
  ['ENOTDIR', 'part of the path is a file', /file in a folder/],
  ['EISDIR', 'is a folder', /file in it/],
  ['ELOOP', 'loop', /remove the loop/],
  ['ENAMETOOLONG', 'name is too long', /shorter/],
  ['EMFILE', 'too many files', /ulimit -n/],
  ['ESTALE', 'at the same time', /run the command again/],
  ['EXXX', 'EXXX', /another folder/],
])('%s is reported as what it is', (code, reason, hint) => {
  const cause = Object.assign(new Error('of the system'), { code });
  const error = writeFailure(cause, '/a/k');
  expect(error).toMatchObject({ code: 'file_not_written', exitCode: 2, cause });
  const { message, hint: advice = '' } = error as DexchangeError;
  expect(message).toMatch(/^\/a\/k cannot be written: [^\n]+$/);
  expect(message).toContain(reason);
  expect(message).toContain(code);
  expect(advice).toMatch(hint);
  expect(advice.includes('permissions')).toBe(code === 'EACCES');
});

test('an error that is none of the file system stays as it is', () => {
  const errors = [
    new DexchangeError('kubeconfig_invalid', 'k is not YAML', { hint: 'check k' }),
    new TypeError('a bug'),
  ];
  for (const error of errors) expect(writeFailure(error, 'k')).toBe(error);
});
