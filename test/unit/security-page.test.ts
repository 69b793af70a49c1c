import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The rows of the tables of SECURITY.md: a promise, and the tests that hold it. */
const rows = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:promise|---)/.test(line))
  .map((line) => line.split(' | '));

test('SECURITY.md makes promises', () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows)('%s', (_promise, tests = '', ...rest) => {
  expect(rest).toEqual([]);
  const paths = [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) expect(existsSync(join(root, 'test', path)), path).toBe(true);
});
