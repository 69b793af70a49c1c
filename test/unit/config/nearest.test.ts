import { expect, test } from 'vitest';
import { nearest } from '../../../src/config/nearest.ts';

test.each([
  ['clinet-id', 'client-id'],
  ['conector-id', 'connector-id'],
  ['scop', 'scope'],
  ['scope', 'scope'],
  ['cliient-secret-file', 'client-secret-file'],
])('%s suggests %s', (word, meant) => {
  const names = ['scope', 'client-id', 'connector-id', 'client-secret', 'client-secret-file'];
  expect(nearest(word, names)).toBe(meant);
});

test.each(['namespace', 'kubeconfig', 'x', ''])('%j suggests nothing', (word) => {
  expect(nearest(word, ['client-id', 'connector-id', 'scope'])).toBeUndefined();
});

test('of two equally similar candidates, the first is suggested', () => {
  expect(nearest('ab', ['aa', 'bb'])).toBe('aa');
});
