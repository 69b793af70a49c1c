import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { cleanToken } from '../../../src/identity/clean-token.ts';
import { Secret } from '../../../src/secret.ts';
import { failure } from '../support/failure.ts';

test.each(['a.b.c', 'a.b.c\n', '  a.b.c \r\n', '\ufeffa.b.c'])('%j is the token a.b.c', (text) => {
  expect(cleanToken(new Secret(text), 'x').reveal()).toBe('a.b.c');
});

test.each<readonly [string, string, string, string, number]>([
  ['', 'subject_token_invalid', 'empty', 'job', 3],
  [' \n', 'subject_token_invalid', 'empty', 'job', 3],
  ['$GITLAB_OIDC_TOKEN', 'setting_not_expanded', 'variable', 'protected', 2],
  ...['a.b.c\nd.e.f', 'Bearer a.b.c', 'a.b.c\u00a0x', 'a\0b', 'tökén'].map(
    (text) => [text, 'subject_token_invalid', 'spaces, line breaks', 'bare token', 3] as const,
  ),
  ...['{"access_token":"a.b.c"}', '["a"]', '"a.b.c"'].map(
    (text) => [text, 'subject_token_invalid', 'JSON', 'jq -r .access_token', 3] as const,
  ),
])('%j is not a token', (text, code, message, hint, exitCode) => {
  const error = failure(() => cleanToken(new Secret(text), 'file /t'));
  expect(error).toEqual({
    code,
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
    exitCode,
  });
  expect(error.message).toContain('file /t');
});

test('errors never contain the text, and accepted tokens are valid in a header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        expect(cleanToken(new Secret(text), 'x').reveal()).toMatch(/^[\x21-\x7e]+$/);
      } catch (error) {
        if (!(error instanceof DexchangeError)) throw error;
        if (text.trim().length > 8) expect(error.message + error.hint).not.toContain(text.trim());
      }
    }),
  );
});
