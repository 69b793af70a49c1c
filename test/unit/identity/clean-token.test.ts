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
  [
    '',
    'subject_token_invalid',
    'the identity token from file /t is empty',
    'see whether the step that should provide it ran, and in this job',
    3,
  ],
  [
    ' \n',
    'subject_token_invalid',
    'the identity token from file /t is empty',
    'see whether the step that should provide it ran, and in this job',
    3,
  ],
  [
    '$GITLAB_OIDC_TOKEN',
    'setting_not_expanded',
    'file /t holds the literal name of a variable instead of its value',
    'the CI system left a variable unexpanded: it is undefined here, or protected while this branch or tag is not',
    2,
  ],
  ...['a.b.c\nd.e.f', 'Bearer a.b.c', 'a.b.c\u00a0x', 'a\0b', 'tökén'].map(
    (text) =>
      [
        text,
        'subject_token_invalid',
        'the identity token from file /t holds spaces, line breaks or characters that no token has',
        'it should be the bare token: cut it out of any JSON or log lines around it',
        3,
      ] as const,
  ),
  ...['{"access_token":"a.b.c"}', '["a"]', '"a.b.c"'].map(
    (text) =>
      [
        text,
        'subject_token_invalid',
        'the identity token from file /t is JSON, not a token',
        'cut the token out of it, as jq -r .access_token or .id_token would',
        3,
      ] as const,
  ),
])('%j is no token', (text, code, message, hint, exitCode) => {
  expect(failure(() => cleanToken(new Secret(text), 'file /t'))).toEqual({
    code,
    message,
    hint,
    exitCode,
  });
});

test('what is refused is never repeated, what is taken can stand in a header', () => {
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
