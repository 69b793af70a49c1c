import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { phraseFiles } from '../../scripts/russian/all-phrases.ts';
import { translatePage } from '../../scripts/russian/translate-page.ts';
import { russianTroubleshooting } from '../../scripts/russian/troubleshooting.ts';
import { root } from './support/sources.ts';

describe('docs/ru/troubleshooting.md', () => {
  const { markdown, used, missing } = russianTroubleshooting();
  const english = phraseFiles.flatMap((phrases) => Object.keys(phrases));

  test('is generated from the English page (npm run docs)', () => {
    expect(readFileSync(join(root, 'docs/ru/troubleshooting.md'), 'utf8')).toBe(markdown);
  });

  test('has the Russian of every text of the English page (scripts/russian/phrases)', () => {
    expect([...missing]).toEqual([]);
  });

  test('has no Russian of a text that the English page no longer has', () => {
    expect(english.filter((text) => !used.has(text))).toEqual([]);
  });

  test('has one Russian for each text', () => {
    expect(english.filter((text, index) => english.indexOf(text) !== index)).toEqual([]);
  });
});

describe('translatePage', () => {
  const phrases = {
    Title: 'Заголовок',
    'two lines with `a b`': 'две строки с `a b`',
    'see [x](#x) here': 'см. [x](#x) здесь',
    'it fails': 'не работает',
    'look at it': 'посмотрите',
    'what it means': 'что это значит',
  };
  const translated = (...lines: readonly string[]): readonly string[] =>
    translatePage(lines.join('\n'), phrases).markdown.trimEnd().split('\n');

  test.each([
    ['a paragraph', ['two lines', 'with `a b`'], ['две строки с `a b`']],
    [
      'a code block',
      ['```shell', '# Title', '', 'Title', '```'],
      ['```shell', '# Title', '', 'Title', '```'],
    ],
    ['a title', ['# Title'], ['# Заголовок']],
    ['a heading', ['## it fails'], ['<a id="it-fails"></a>', '', '## Не работает']],
    ['a heading that is a name', ['### kubectl'], ['### kubectl']],
    [
      'an anchored heading',
      ['<a id="x"></a>', '', '## Title'],
      ['<a id="x"></a>', '', '## Заголовок'],
    ],
    ['a table', ['| Title | `a` |', '| --- | --- |'], ['| Заголовок | `a` |', '| --- | --- |']],
    ['a cause that is also a title', ['- **Title**'], ['- **заголовок**']],
    [
      'a cause',
      ['- **it fails**', '  - check: look at it'],
      ['- **не работает**', '  - проверка: посмотрите'],
    ],
    ['a symptom', ['**Symptom:** it fails.'], ['**Симптом:** не работает.']],
    [
      'links',
      ['More: [Title](#a), [it fails](#b)'],
      ['Подробнее: [Заголовок](#a), [не работает](#b)'],
    ],
    ['a message', ['- kubectl, Title: `it fails` *'], ['- kubectl, Заголовок: `it fails` *']],
    ['a text with a link', ['- see [x](#x) here'], ['- см. [x](#x) здесь']],
    ['a rule', ['Rule `x`; errors `a`, `b`.'], ['Правило `x`; ошибки `a`, `b`. В отчёте: «».']],
  ])('translates %s', (_, lines, expected) => {
    expect(translated(...lines)).toEqual(expected);
  });

  test('names the English heading in the line of a rule, as reports print it', () => {
    const [, , , , rule] = translated('### it fails', '', 'Rule `x`; errors `a`.');
    expect(rule).toBe('Правило `x`; ошибка `a`. В отчёте: «it fails».');
  });

  test('keeps what has no Russian, and reports it unless it is a name, code or a message', () => {
    const page =
      '# Title\n\nnew text\n\n- kubectl, helm: `some error`\n- log: Dex: "failed", err="why"\n';
    const { markdown, missing, used } = translatePage(page, phrases);
    expect(markdown).toContain('\nnew text\n');
    expect([...missing]).toEqual(['new text']);
    expect([...used]).toEqual(['Title']);
  });

  test('breaks long paragraphs, but not code spans', () => {
    const text = `${'слово '.repeat(16)}\`${'code '.repeat(6)}end\` конец`;
    const { markdown } = translatePage('a\nb', { 'a b': text });
    expect(markdown.trimEnd().split('\n')).toEqual([
      'слово '.repeat(16).trimEnd(),
      `\`${'code '.repeat(6)}end\` конец`,
    ]);
  });
});
