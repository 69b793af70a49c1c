import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { faultsOfSite } from '../../../scripts/site/faults-of-site.ts';

let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'dexchange-site-'));
});
afterEach(() => rmSync(out, { recursive: true }));

function faultsOf(files: Readonly<Record<string, string>>, base = '/'): readonly string[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), text);
  }
  return faultsOfSite({ out, base });
}

test('a site whose links lead to pages and anchors has no fault', () => {
  const guide = '<h2 id="срок">x</h2><a href="../index.html#a&amp;b">up</a><a href="#срок">x</a>';
  expect(
    faultsOf({
      'index.html': '<a id="a&amp;b" href="/ru/guide.html#%D1%81%D1%80%D0%BE%D0%BA">x</a>',
      'ru/guide.html': `${guide}<a href="/ru/">x</a><a href="https://example.com/">web</a>`,
      'ru/index.html': '<link rel="icon" href="data:image/svg+xml,x"><img src="/flow.svg">',
      'flow.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'a.css': '@import "b.css"; a { background: url(/flow.svg) }',
      '404.html': '<a href="/not-known-yet">x</a>',
    }),
  ).toEqual([]);
});

test('dead links and dead anchors are faults', () => {
  expect(
    faultsOf({
      'index.html': '<a href="/b.html">b</a><a href="/c.html#x">c</a><a href="/folder">d</a>',
      'c.html':
        '<img src="lost.png"><source srcset="c.html 1x, dark.png 2x"><a id="y" href="#z">z</a>',
      'folder/index.html': '',
    }),
  ).toEqual([
    'c.html links to #z, which has no such anchor',
    'c.html links to lost.png',
    'c.html links to dark.png',
    'index.html links to /b.html',
    'index.html links to /c.html#x, which has no such anchor',
    'index.html links to /folder',
  ]);
});

test('a link that ignores the path of the site is a fault', () => {
  const page = '<a href="/docs/">a</a><a href="/">b</a>';
  expect(faultsOf({ 'index.html': page }, '/docs/')).toEqual([
    'index.html links to /, which is outside the site',
  ]);
});

test('scripts, styles, fonts and images of other servers are faults', () => {
  const address = 'https://cdn.example.com/x';
  const faults = faultsOf({
    'index.html': `<script src="${address}"></script><link rel="stylesheet" href="${address}">
      <img src="//cdn.example.com/x"><source srcset="${address}"><i style="background:url(${address})">`,
    'a.css': `@import "${address}"; @font-face { src: url('${address}') }`,
    '404.html': `<script src="${address}"></script>`,
  });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
    '404.html',
    ...Array(2).fill('a.css'),
    ...Array(5).fill('index.html'),
  ]);
});
