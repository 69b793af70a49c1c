import { expect, test } from 'vitest';
import { quoteInput } from '../../src/sanitize.ts';

test.each([
  'gitlab',
  '/run/secrets/dex-client-secret',
  'ca file.crt',
  'https://dex.example.com/',
  'MY_OIDC_TOKEN',
  'soon',
])('%j is quoted', (text) => {
  expect(quoteInput(text)).toBe(text);
});

test.each([
  'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
  '/path/eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
  'glpat-short',
  'ghp_0123456789abcdefghij',
  'hvs.CAESIJ',
  'A1b2C3d4E5f6G7h8I9j0K1',
])('%j is left out, since it looks like a secret', (text) => {
  expect(quoteInput(text)).toBe('(not shown: it looks like a secret)');
});

test('a quoted text is one line within the limit', () => {
  expect(quoteInput('a\nb\u001b[2Jc')).toBe('a b [2Jc');
  expect(quoteInput('word '.repeat(100), 20)).toHaveLength(20);
});
