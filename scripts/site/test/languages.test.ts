import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildSite } from '../build-site.ts';
import type { SiteFolders } from '../folders.ts';
import { serveSite } from '../serve-site.ts';
import { browserPath, startBrowser } from './browser.ts';
import { newReader, searchFor } from './reader.ts';

// A small repository in two languages, built for a path below the top of its server.

const files = {
  'package.json': '{ "version": "1.2.3" }',
  'README.md': `# sample

[Русский](README.ru.md), [guide](docs/guide.md#one-step), [cache](docs/cache.md)

![flow](docs/flow.svg) Braces such as {{ this }} are text.

<picture><source media="(prefers-color-scheme: dark)" srcset="docs/dark.svg">
<img alt="flow" src="docs/flow.svg"></picture>

<p>HTML to <a href="docs/guide.md">the guide</a> and <a href="examples/">examples</a></p>
`,
  'README.ru.md': `# sample

[English](README.md), [руководство](docs/ru/guide.md#первый-шаг), [кеш](docs/cache.md#the-cache)
`,
  'docs/guide.md':
    '# Guide\n\n[Back](../README.md)\n\n## One step\n\nSee [a](../examples/a.yml).\n',
  'docs/ru/guide.md': `# Руководство

[Назад](../../README.ru.md), [по-английски](../guide.md), [файлы](../../examples/)

## Первый шаг

Задание получает токен. См. [a](../../examples/a.yml).
`,
  'docs/cache.md': '# The cache\n\nIt stores credentials, see [guide](guide.md).\n',
  'docs/flow.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  'docs/dark.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
  'examples/a.yml': 'key: {{ value }}\n',
};

let folders: SiteFolders;
const read = (file: string): string => readFileSync(join(folders.out, file), 'utf8');

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'dexchange-site-'));
  const root = join(folder, 'root');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  folders = { root, pages: join(folder, 'pages'), out: join(folder, 'site'), base: '/docs/' };
  buildSite(folders);
}, 120_000);
afterAll(() => rmSync(dirname(folders.root), { recursive: true }));

test('the same sources give the same bytes', () => {
  const before = hashOf(folders.out);
  buildSite(folders);
  expect(hashOf(folders.out)).toEqual(before);
});

test('the Russian pages have Russian texts around them', () => {
  const page = read('ru/guide.html');
  expect(page).toContain('<html lang="ru"');
  for (const text of ['На этой странице', 'Начало работы', 'Поиск', 'Следующая страница']) {
    expect(page).toContain(text);
  }
  expect(read('guide.html')).toContain('On this page');
});

test('a page without a translation says so, and keeps the Russian menu', () => {
  const note = 'пока есть только на английском языке';
  expect(read('ru/cache.html')).toContain(note);
  expect(read('ru/cache.html')).toContain('It stores credentials');
  expect(read('ru/cache.html')).toContain('Начало работы');
  expect(read('ru/cache.html')).toContain('>Кеш<');
  expect(read('cache.html')).not.toContain(note);
  expect(read('ru/guide.html')).not.toContain(note);
});

test('links stay in the language of the page, unless they name a file of the other', () => {
  const links = (file: string): readonly string[] => {
    const [, main = ''] = read(file).split('<main');
    return [...main.matchAll(/<a href="(\/docs\/[^"]*)"/g)].map(([, href = '']) => href);
  };
  expect(links('index.html')).toEqual(
    expect.arrayContaining([
      '/docs/ru/',
      '/docs/guide.html#one-step',
      '/docs/cache.html',
      '/docs/guide.html',
      '/docs/examples/',
    ]),
  );
  expect(links('ru/index.html')).toEqual(
    expect.arrayContaining([
      '/docs/',
      '/docs/ru/guide.html#первый-шаг',
      '/docs/ru/cache.html#the-cache',
    ]),
  );
  expect(links('ru/cache.html')).toContain('/docs/ru/guide.html');
  expect(links('ru/guide.html')).toEqual(
    expect.arrayContaining([
      '/docs/ru/',
      '/docs/guide.html',
      '/docs/ru/examples/',
      '/docs/ru/examples/a.yml.html',
    ]),
  );
});

test('images of Markdown and HTML are on the site', () => {
  const sources = [...read('index.html').matchAll(/\s(?:src|srcset)="([^"]+\.svg)"/g)];
  expect(sources.map(([, source]) => source)).toEqual([
    '/docs/docs/flow.svg',
    '/docs/docs/dark.svg',
    '/docs/docs/flow.svg',
  ]);
  expect(read('docs/dark.svg')).toBe(files['docs/dark.svg']);
});

test('files are shown, and can be downloaded as they are', () => {
  expect(read('ru/examples/a.yml.html')).toMatch(
    /href="\/docs\/examples\/a\.yml" download[^>]*>Скачать/,
  );
  expect(read('examples/a.yml')).toBe(files['examples/a.yml']);
});

describe('in a browser', () => {
  beforeEach(({ skip }) => {
    if (process.env['CI'] === undefined) skip(browserPath === undefined, 'not installed: chromium');
  });

  test('the search in Russian finds Russian pages, and the menu changes the language', async () => {
    const server = await serveSite(folders, 0);
    const browser = await startBrowser();
    try {
      const { page, complaints } = await newReader(browser, server.url, {
        viewport: { width: 1400, height: 900 },
      });
      await page.goto(server.url, { waitUntil: 'networkidle' });
      expect(await page.locator('main').innerText()).toContain(
        'Braces such as {{ this }} are text',
      );
      await page.goto(`${server.url}ru/`, { waitUntil: 'networkidle' });
      const [first] = await searchFor(page, 'токеном');
      expect(first).toEqual({
        path: 'Руководство > Первый шаг',
        href: '/docs/ru/guide.html#первый-шаг',
      });
      await page.keyboard.press('Enter');
      await page.waitForURL('**/ru/guide.html*');
      await page.locator('.VPNavBarTranslations').hover();
      await page.locator('.VPNavBarTranslations a').click();
      await page.waitForURL((url) => url.pathname === '/docs/guide.html');
      await page.locator('h1', { hasText: 'Guide' }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      server.close();
    }
  });
});

/** The hash of each file below a folder. */
function hashOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  const all = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(
    all.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}
