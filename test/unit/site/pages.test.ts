import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { siteContent } from '../../../scripts/site/pages.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dexchange-pages-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

describe('the pages of a repository', () => {
  test('are its documents, the examples, and the files to which documents link', () => {
    write({
      'README.md': '# A\n[guide](docs/guide.md#x) ![flow](docs/flow.svg) [script](install.sh)',
      'SECURITY.md': '# S\n[web](https://example.com/a.txt) [missing](missing.txt) [up](../b.txt)',
      'docs/guide.md': '# G\n[sources](../src)\n\n<img src="dark.png">',
      'docs/flow.svg': '<svg/>',
      'docs/dark.png': '',
      'docs/unused.json': '{}',
      'install.sh': 'exit',
      'src/main.ts': 'main()',
      'examples/gitlab/ci.yml': 'a: 1',
    });
    const { languages, pages, rawFiles } = siteContent(root);
    expect(languages).toEqual(['en']);
    expect(pages.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
      'examples/gitlab/ci.yml.md file',
      'examples/index.md folder',
      'guide.md document',
      'index.md document',
      'install.sh.md file',
      'security.md document',
      'src/index.md folder',
    ]);
    expect(rawFiles).toEqual([
      'docs/dark.png',
      'docs/flow.svg',
      'examples/gitlab/ci.yml',
      'install.sh',
    ]);
  });

  test('all exist below ru/ once a document is translated, in English where it is not', () => {
    write({
      'README.md': '# A',
      'README.ru.md': '# Я',
      'docs/guide.md': '# G',
      'docs/cache.md': '# C',
      'docs/ru/guide.md': '# Г',
      'examples/a.sh': 'exit',
    });
    const { languages, pages } = siteContent(root);
    expect(languages).toEqual(['en', 'ru']);
    const russian = pages.filter(({ language }) => language === 'ru');
    expect(russian.map(({ file, source, isFallback }) => [file, source, isFallback])).toEqual([
      ['ru/cache.md', 'docs/cache.md', true],
      ['ru/examples/a.sh.md', 'examples/a.sh', false],
      ['ru/examples/index.md', 'examples', false],
      ['ru/guide.md', 'docs/ru/guide.md', false],
      ['ru/index.md', 'README.ru.md', false],
    ]);
    const english = pages.filter(({ language }) => language === 'en');
    expect(russian.map(({ file }) => file.slice('ru/'.length))).toEqual(
      english.map(({ file }) => file),
    );
  });
});
