import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { documents, renew } from '../../scripts/settings-table.ts';
import { settings } from '../../src/config/table.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');

test.each(documents)('%s has the tables that the code makes (npm run docs)', (document) => {
  expect(read(document)).toBe(renew(read(document)));
});

test('every setting is documented', () => {
  const tables = ['docs/explain.md', 'docs/exec.md', 'docs/agent.md', 'docs/settings.md']
    .map(read)
    .join('');
  const missing = settings.filter(([name]) => !tables.includes(`\`--${name}\``));
  expect(missing.map(([name]) => name)).toEqual([]);
});

test('every dependency has its line in docs/dependencies.md', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const site = JSON.parse(read('scripts/site/package.json'));
  const text = read('docs/dependencies.md');
  const names = Object.keys({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
    ...site.devDependencies,
    ...site.overrides,
  });
  const undocumented = names.filter((name) => !name.startsWith('@types/') && !text.includes(name));
  expect(undocumented).toEqual([]);
});

/** The pages of a folder of the repository. */
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(resolve(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const markdown = [
  'README.md',
  'README.ru.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/ru'),
];

/** The lines of the code blocks of a page, with the numbers of the lines. */
function codeLines(text: string): readonly (readonly [number: number, line: string])[] {
  let isCode = false;
  return text.split('\n').flatMap((line, index) => {
    if (/^ *```/.test(line)) {
      isCode = !isCode;
      return [];
    }
    return isCode ? [[index + 1, line] as const] : [];
  });
}

test.each(markdown)('no line of a code block of %s is wider than 100 characters', (document) => {
  const wide = codeLines(read(document)).filter(([, line]) => line.length > 100);
  // Reports, made by the end-to-end tests, do not wrap commands to copy.
  const allowed = document === 'docs/explain.md' ? /\b(?:d8 k|dexchange) / : /^$/;
  expect(wide.filter(([, line]) => !allowed.test(line))).toEqual([]);
});

/** The anchors of a Markdown file: explicit ones, and those that GitHub gives to headings. */
function anchorsOf(text: string): readonly string[] {
  const explicit = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return [...explicit, ...headings];
}

test.each(markdown)('the links in %s lead to files and headings that exist', (document) => {
  for (const [, target = ''] of read(document).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? document : relative(root, resolve(root, dirname(document), file));
    expect(existsSync(resolve(root, path)), `${document} links to ${target}`).toBe(true);
    if (anchor !== undefined) {
      expect(anchorsOf(read(path)), `${document} links to ${target}`).toContain(anchor);
    }
  }
});
