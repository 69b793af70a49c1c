import { expect, test } from 'vitest';
import { asDexchangeError, DexchangeError, exitCodes } from '../../src/errors.ts';

test('all codes with the same prefix have the same exit code', () => {
  const family = (prefix: string) =>
    new Set(
      Object.entries(exitCodes)
        .filter(([code]) => code.startsWith(prefix))
        .map(([, exitCode]) => exitCode),
    );
  expect(family('usage_')).toEqual(new Set([2]));
  expect(family('setting_')).toEqual(new Set([2]));
  expect(family('identity_')).toEqual(new Set([3]));
  expect(family('subject_token_')).toEqual(new Set([3]));
  expect(family('idp_')).toEqual(new Set([3]));
  expect(family('dex_')).toEqual(new Set([4]));
  expect(family('server_')).toEqual(new Set([5]));
  expect(family('token_')).toEqual(new Set([5]));
  expect(exitCodes.bug).toBe(1);
});

test('a DexchangeError is not converted', () => {
  const error = new DexchangeError('url_insecure', 'plain', { hint: 'check it' });
  expect(asDexchangeError(error)).toBe(error);
});

test.each([new TypeError('x is not a function'), 'a text', undefined])(
  'any other thrown value becomes the cause of a bug: %s',
  (thrown) => {
    const error = asDexchangeError(thrown);
    expect(error).toMatchObject({ code: 'bug', message: 'internal error', exitCode: 1 });
    expect(error.cause).toBe(thrown);
  },
);
