import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { documents, renew } from '../../scripts/settings-table.ts';
import { settings } from '../../src/config/table.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');

test.each(documents)('%s has the tables that the code makes (npm run docs)', (document) => {
  expect(read(document)).toBe(renew(read(document)));
});

test('every setting is documented', () => {
  const tables = ['README.md', 'docs/explain.md', 'docs/settings.md'].map(read).join('');
  const missing = settings.filter(([name]) => !tables.includes(`\`--${name}\``));
  expect(missing.map(([name]) => name)).toEqual([]);
});

test('every dependency has its line in docs/dependencies.md', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const text = read('docs/dependencies.md');
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const undocumented = names.filter((name) => !name.startsWith('@types/') && !text.includes(name));
  expect(undocumented).toEqual([]);
});

test('links between documents lead somewhere', () => {
  for (const document of [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/cache.md',
    'docs/performance.md',
  ]) {
    for (const [, target] of read(document).matchAll(/\]\(([^)#:]+)\)/g)) {
      const path = resolve(root, dirname(document), target ?? '');
      expect(existsSync(path), `${document} links to ${target}`).toBe(true);
    }
  }
});
