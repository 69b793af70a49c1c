import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columns, listed, rows, shellLines, wrapped } from '../../../src/explain/layout.ts';

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

describe('the work grows no faster than the text, for', () => {
  const size = 1_000_000;
  test.each<[string, () => unknown]>([
    ['one long word', () => wrapped('p'.repeat(size), '', '')],
    ['one long word of wide characters', () => wrapped('字'.repeat(size / 4), '', '')],
    ['many words', () => wrapped('p '.repeat(size / 2), '', '')],
    ['a long command', () => shellLines('p'.repeat(size))],
    ['a long quoted command', () => shellLines(`'${'p'.repeat(size)}'`)],
    [
      'many rows',
      () =>
        rows(
          Array.from({ length: 200_000 }, () => ['', 'x'] as const),
          0,
        ),
    ],
  ])('%s', (_what, work) => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    // In microseconds; work that grows with the square takes minutes.
    expect(user + system).toBeLessThan(5_000_000);
  });
});
