import { describe, expect, test } from 'vitest';
import { headingAnchor } from '../../../scripts/site/heading.ts';
import { linksIn, resolveLink } from '../../../scripts/site/links.ts';

test('links are found in Markdown and in HTML', () => {
  const text = `
[a](a.md) ![b](b.svg "title") [c](<c.md>) [d][ref] \`code\`
<picture><source media="(x)" srcset="dark.svg"><img alt="" src="light.svg"></picture>
<a href="e.md#f">e</a> <a id="f"></a>`;
  expect(linksIn(text)).toEqual(['a.md', 'b.svg', 'c.md', 'dark.svg', 'light.svg', 'e.md#f']);
});

describe('a link of docs/ru/guide.md', () => {
  test.each([
    ['migrate.md', { path: 'docs/ru/migrate.md', anchor: '' }],
    ['../settings.md#dex', { path: 'docs/settings.md', anchor: '#dex' }],
    ['../../SECURITY.md', { path: 'SECURITY.md', anchor: '' }],
    ['../../examples/', { path: 'examples', anchor: '' }],
    ['a%20b.md', { path: 'docs/ru/a b.md', anchor: '' }],
    ['#dex', undefined],
    ['https://example.com/', undefined],
    ['mailto:a@example.com', undefined],
    ['../../../elsewhere.md', undefined],
  ])('to %s leads to %o', (link, target) => {
    expect(resolveLink('docs/ru/guide.md', link)).toEqual(target);
  });
});

test.each([
  ["What Dex's answers mean", 'what-dexs-answers-mean'],
  ['`get-token --explain`', 'get-token---explain'],
  ['dex_connector_unknown', 'dex_connector_unknown'],
  ['Обмен токена: шаг 1', 'обмен-токена-шаг-1'],
])('the anchor of "%s" is GitHub\'s', (heading, anchor) => {
  expect(headingAnchor(heading)).toBe(anchor);
});
