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
  [
    '$GITLAB_OIDC_TOKEN',
    'setting_not_expanded',
    'variable',
    'add GITLAB_OIDC_TOKEN to id_tokens: of the job, and remove it from variables:',
    2,
  ],
  ['$(System.AccessToken)', 'setting_not_expanded', 'variable', 'define', 2],
  ['[MASKED]', 'setting_not_expanded', 'mask', 'not from a log', 2],
  ...['a.b.c\nd.e.f', 'a.b.c\u00a0x', 'tökén'].map(
    (text) => [text, 'subject_token_invalid', 'spaces, line breaks', 'bare token', 3] as const,
  ),
  ['Bearer a.b.c', 'subject_token_invalid', 'scheme of a header', 'follows the scheme', 3],
  ['a\0b', 'subject_token_invalid', 'null bytes', 'UTF-8', 3],
  ['a\ufffdb', 'subject_token_invalid', 'not UTF-8', 'UTF-8', 3],
  ['a.b.c\u200b', 'subject_token_invalid', 'invisible character', 'copy it from another', 3],
  ['CI_TOKEN=a.b.c', 'subject_token_invalid', 'NAME=value', 'follows the = sign', 3],
  ['export TOKEN=a.b.c', 'subject_token_invalid', 'NAME=value', 'follows the = sign', 3],
  ['id_token: a.b.c', 'subject_token_invalid', 'line of YAML', 'only the value', 3],
  ['<!DOCTYPE html><html>', 'subject_token_invalid', 'HTML', 'login', 3],
  ['-----BEGIN CERTIFICATE-----\nYQ==', 'subject_token_invalid', 'PEM', 'bare secret', 3],
  ['apiVersion: v1\nkind: Secret', 'subject_token_invalid', 'manifest', 'kubectl get secret', 3],
  ['ZXlKaGJHY2lPaUpTVXpJMU5pSjkuYS5i', 'subject_token_invalid', 'base64', 'base64 -d', 3],
  ['eyJhbGciOiJSUzI1NiJ9.e30.YQ%', 'subject_token_invalid', 'zsh', 'remove the %', 3],
  ['"a.b.c"', 'subject_token_invalid', 'in quotes', 'remove the quotes', 3],
  ["'a.b.c'", 'subject_token_invalid', 'in quotes', 'remove the quotes', 3],
  ['{"access_token":"a.b.c"}', 'subject_token_invalid', 'JSON', 'jq -r .access_token', 3],
  ['{"exp":1,"id_token":"a"}', 'subject_token_invalid', 'JSON', 'jq -r .id_token', 3],
  ['["a"]', 'subject_token_invalid', 'JSON', 'jq -r .FIELD', 3],
  ['{"a": b', 'subject_token_invalid', 'spaces, line breaks', 'bare token', 3],
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

test('errors never contain the text, and accepted tokens are valid in a header', {
  timeout: 60_000,
}, () => {
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
