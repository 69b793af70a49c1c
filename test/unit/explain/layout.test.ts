import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columns, listed, rows, wrapped } from '../../../src/explain/layout.ts';

test('labels are aligned, and long values wrap in their column', () => {
  expect(
    rows(
      [
        ['a', 'short'],
        ['longer', `${'word '.repeat(20)}end`],
      ],
      2,
    ),
  ).toEqual([
    '  a       short',
    `  longer  ${'word '.repeat(18)}`.trimEnd(),
    '          word word end',
  ]);
});

test('no line is longer than 100 columns, and no word is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 })),
      (words) => {
        const text = words.join(' ');
        const lines = wrapped(text, '  label  ', '         ');
        for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(100);
        const squeezed = (each: string) => each.replace(/\s/g, '');
        expect(squeezed(lines.join(''))).toBe(squeezed(`label${text}`));
      },
    ),
  );
});

test('a list tells how many items it omits', () => {
  expect(listed([])).toBe('none');
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});
