import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf } from '../e2e/deckhouse/guide.ts';
import { type Page, pageDifferences, translations } from './support/page-differences.ts';
import { root } from './support/sources.ts';

const pageAt = (path: string): Page => ({ path, markdown: readFileSync(join(root, path), 'utf8') });

/** The words of a page: without code, targets of links and HTML. */
function proseOf(markdown: string): string {
  return markdown
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/`+[^`]+`+/g, 'code')
    .replaceAll(/\]\([^)]+\)/g, ']')
    .replaceAll(/<[^>]+>/g, '');
}

describe.each(Object.entries(translations))('%s and %s', (original, translation) => {
  test('have the same headings, commands, code spans, tables and links', () => {
    expect(pageDifferences(pageAt(original), pageAt(translation))).toEqual([]);
  });

  test('lead to each other below their titles', () => {
    const [there, back] = [
      relative(dirname(original), translation),
      relative(dirname(translation), original),
    ];
    const start = (path: string): readonly string[] =>
      pageAt(path).markdown.split('\n').slice(1, 4);
    expect(start(original)).toEqual(['', `English | [Русский](${there})`, '']);
    expect(start(translation)).toEqual(['', `[English](${back}) | Русский`, '']);
  });

  test('no word of the translation mixes Latin and Cyrillic letters', () => {
    const words = proseOf(pageAt(translation).markdown).match(/[\p{L}\p{N}]+/gu) ?? [];
    const isMixed = (word: string): boolean =>
      /\p{sc=Latn}/u.test(word) && /\p{sc=Cyrl}/u.test(word);
    expect(words.filter(isMixed)).toEqual([]);
  });

  test('the translation has Russian quotation marks and dashes', () => {
    const prose = proseOf(pageAt(translation).markdown);
    expect(prose.match(/"\p{sc=Cyrl}.*|.*\p{sc=Cyrl}"|.*\p{sc=Cyrl} --? .*/gu) ?? []).toEqual([]);
  });
});

test('docs/ru/guide.md has the blocks that the end-to-end suite runs from docs/guide.md', () => {
  const blocks = (path: string): readonly string[] =>
    blocksOf(pageAt(path).markdown).map(({ lines }) => lines);
  expect(blocks('docs/ru/guide.md')).toEqual(blocks('docs/guide.md'));
});

describe('the comparison of two pages', () => {
  const original = [
    '# Title',
    '',
    'English | [Русский](ru/guide.md)',
    '',
    '## Start',
    '',
    'Run `a` or `b`, see [x](errors.md#y) and [this](guide.md).',
    '',
    '| name | what |',
    '| --- | --- |',
    '| `a` | one |',
    '',
    '```shell',
    'a --flag  # first',
    '```',
    '',
    '- item',
    '  - sub `c`',
    '',
    '```',
    '+--- box ---+',
    '```',
    '',
    '<details>',
  ].join('\n');
  const translation = [
    '# Заголовок',
    '',
    '[English](../guide.md) | Русский',
    '',
    '<a id="start"></a>',
    '',
    '## Начало',
    '',
    'Запустите `b` или `a`, см. [это](guide.md) и [x](../errors.md#y).',
    '',
    '| имя | что |',
    '| --- | --- |',
    '| `a` | один |',
    '',
    '```shell',
    'a --flag  # сначала',
    '```',
    '',
    '- пункт',
    '  - ещё `c`',
    '',
    '```',
    '+--- ящик --+',
    '```',
    '',
    '<details>',
  ].join('\n');
  const differences = (from: string, to: string): readonly string[] => {
    expect(translation).toContain(from);
    return pageDifferences(
      { path: 'docs/guide.md', markdown: original },
      { path: 'docs/ru/guide.md', markdown: translation.replace(from, to) },
    );
  };

  test('accepts other words in another order, the name of the program, and an equal heading', () => {
    expect(differences('Начало', 'Начинаем')).toEqual([]);
    expect(differences('- пункт', '- пункт `dexchange`')).toEqual([]);
    expect(differences('<a id="start"></a>\n\n## Начало', '## Start')).toEqual([]);
  });

  test.each([
    ['## Начало', '### Начало', '"### Начало" translates the heading "## Start"'],
    ['## Начало', 'Начало', 'nothing translates the heading "## Start"'],
    ['- пункт', '## Ещё\n\n- пункт', '"## Ещё" translates no heading'],
    ['id="start"', 'id="begin"', '"## Start": the translation lacks <a id="start"></a>'],
    ['`b` или', 'или', '"## Start": the translation lacks the code span b'],
    ['`c`', '`c` и `d`', '"## Start": only the translation has the code span d'],
    ['| `a` | один |', '| `e` | один |', '"## Start": the translation lacks the code span a'],
    ['(../errors.md#y)', '(../errors.md)', 'the translation lacks the link ../errors.md#y'],
    ['(guide.md) и', '(../guide.md) и', 'only the translation has the link ../guide.md'],
    ['| `a` | один |', '| `a` |', '"## Start": a table of 3 lines has 3, or other columns'],
    ['| `a` | один |\n', '', '"## Start": a table of 3 lines has 2, or other columns'],
    ['a --flag  #', 'a --flags  #', 'the translation lacks the line of code a --flag  # comment'],
    [
      'a --flag  # сначала',
      'a --flag',
      'the translation lacks the line of code a --flag  # comment',
    ],
    ['a --flag', 'a\n--flag', 'the code block with "a --flag  # first" has other lines'],
    ['+--- ящик --+', '+--- ящик -+', 'the translation lacks the line of code +           +'],
    ['<details>', '<summary>', '"## Start": the translation lacks the tag <details'],
    ['  - ещё', '- ещё', '"## Start": has paragraph, table, code, -,   -, code, html;'],
    ['- пункт', '- пункт\n\nАбзац.', '"## Start": has paragraph, table, code, -,   -, code, html;'],
  ])('reports %j that becomes %j', (from, to, expected) => {
    expect(differences(from, to).join('\n')).toContain(expected);
  });
});
