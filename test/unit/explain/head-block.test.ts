import { describe, expect, test } from 'vitest';
import { type Head, headBlock, headLines } from '../../../src/explain/head-block.ts';
import { allRules } from '../../../src/explain/rules/all-rules.ts';
import { type Names, placeholders } from '../../../src/explain/rules/names.ts';
import { textOf } from '../../../src/explain/rules/rule.ts';
import { noColors, terminalColors } from '../../../src/terminal/colors.ts';
import { columns } from '../../../src/terminal/layout.ts';

const filled = (make: (name: string) => string): Names =>
  Object.fromEntries(Object.keys(placeholders).map((name) => [name, make(name)])) as never;

/** What a run can fill into the texts of the rules. */
const worlds: readonly (readonly [string, Names])[] = [
  ['the placeholders', placeholders],
  ['URLs of 300 characters', filled((name) => `https://${name}.example.com/${'p'.repeat(300)}`)],
  ['names of 300 characters with blanks', filled((name) => `${name} ${'word '.repeat(60)}`.trim())],
  ['wide characters', filled((name) => `${name}${'字'.repeat(150)}`)],
  [
    'many groups',
    filled((name) => Array.from({ length: 40 }, (_, n) => `${name}-${n}`).join(', ')),
  ],
];

function headOf(names: Names, rule: (typeof allRules)[number], first: number): Head {
  const causes = [...rule.causes.slice(first), ...rule.causes.slice(0, first)];
  return {
    status: rule.severity === 'note' ? 'warning' : rule.severity,
    summary: textOf(rule.title, names),
    code: rule.codes?.[0],
    causes: causes.map((cause) => ({
      likelihood: 'likely',
      cause: textOf(cause.cause, names),
      fix: textOf(cause.fix, names),
    })),
    more: rule.codes === undefined ? undefined : `dexchange help ${rule.codes[0]}`,
  };
}

/** The first words of a text, to find it although it is shortened and wrapped. */
const beginning = (text: string) => text.replaceAll('`', '').split(' ').slice(0, 2).join(' ');
const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ');
const commandsOf = (text: string) =>
  [...text.matchAll(/`((?:d8|dexchange|curl|kubectl) [^`]*)`/g)].map(([, command = '']) => command);

describe.each(worlds)('with %s', (_what, names) => {
  test.each([60, 80, 120])('the block of each cause fits into %d columns', (width) => {
    let blocks = 0;
    for (const rule of allRules) {
      rule.causes.forEach((_cause, index) => {
        const head = headOf(names, rule, index);
        const lines = headBlock(head, { width, colors: noColors });
        const text = squeezed(lines.join('\n'));
        const where = `${rule.id}\n${lines.join('\n')}`;
        blocks++;
        expect(lines.length, where).toBeLessThanOrEqual(headLines);
        const [first] = head.causes;
        const commands = commandsOf(first?.fix ?? '');
        for (const line of lines) {
          if (columns(line) <= width) continue;
          // Only a command may be longer, and it is whole.
          expect(line, where).toMatch(/^ {4}\S|`/);
        }
        expect(text, where).toMatch(/^(FAILED|WARNING): /);
        expect(text, where).toContain(beginning(head.code ?? ''));
        expect(text, where).toMatch(/ likely cause: \S/);
        expect(text, where).toMatch(/ fix: \S/);
        if (names === placeholders) {
          expect(text, where).toContain(beginning(first?.cause ?? ''));
          if (!first?.fix?.startsWith('`'))
            expect(text, where).toContain(beginning(first?.fix ?? ''));
        }
        const [command] = commands;
        if (command !== undefined) expect(lines, where).toContain(`    ${command}`);
        if (head.more !== undefined) expect(lines, where).toContain(`    ${head.more}`);
      });
    }
    expect(blocks).toBeGreaterThan(60);
  });
});

const head: Head = {
  status: 'failed',
  summary: 'Dex does not do it',
  code: 'dex_refused',
  causes: [
    {
      likelihood: 'certain',
      cause: 'it is `switched off`',
      fix: 'ask for it, then run `d8 k get dexclient`, and try again',
    },
  ],
  more: 'dexchange help dex_refused',
};

test('a command of the fix has its own line, without backticks', () => {
  expect(headBlock(head, { width: 80, colors: noColors })).toEqual([
    'FAILED: Dex does not do it (dex_refused)',
    'cause: it is `switched off`',
    'fix: ask for it, then run',
    '    d8 k get dexclient',
    '  and try again',
    'read more: run',
    '    dexchange help dex_refused',
  ]);
});

test('colors change no character', () => {
  const plain = headBlock(head, { width: 80, colors: noColors });
  const colored = headBlock(head, { width: 80, colors: terminalColors });
  expect(colored[0]?.startsWith('\u001b[31mFAILED')).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removes the colors
  expect(colored.map((line) => line.replaceAll(/\u001b\[\d+m/g, ''))).toEqual(plain);
});

test('a second likely cause is named too, if there is room', () => {
  const more: Head['causes'] = [
    { likelihood: 'likely', cause: 'one', fix: 'do one' },
    { likelihood: 'likely', cause: 'two', fix: 'do two' },
    { likelihood: 'possible', cause: 'three', fix: 'do three' },
  ];
  expect(headBlock({ ...head, causes: more }, { width: 80, colors: noColors })).toEqual([
    'FAILED: Dex does not do it (dex_refused)',
    'likely cause: one',
    'fix: do one',
    'or: two',
    'fix: do two',
    'read more: run',
    '    dexchange help dex_refused',
  ]);
});

test('success is one line', () => {
  const ok: Head = { status: 'ok', summary: 'all is well', causes: [] };
  expect(headBlock(ok, { width: 80, colors: noColors })).toEqual(['OK: all is well']);
});
