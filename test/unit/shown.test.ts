import { expect, test } from 'vitest';
import { shown } from '../../src/shown.ts';

test.each([
  'gitlab',
  '/run/secrets/dex-client-secret',
  'ca file.crt',
  'https://dex.example.com/',
  'MY_OIDC_TOKEN',
  'soon',
])('%j is shown', (text) => {
  expect(shown(text)).toBe(text);
});

test.each([
  'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
  '/path/eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
  'glpat-short',
  'ghp_0123456789abcdefghij',
  'hvs.CAESIJ',
  'A1b2C3d4E5f6G7h8I9j0K1',
])('%j is not, since it looks like a secret', (text) => {
  expect(shown(text)).toBe('(not shown: it looks like a secret)');
});

test('what is shown is one bounded line', () => {
  expect(shown('a\nb\u001b[2Jc')).toBe('a b [2Jc');
  expect(shown('word '.repeat(100), 20)).toHaveLength(20);
});
