import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columns, listed, rows, shellLines, wrapped } from '../../../src/terminal/layout.ts';

test('labels are aligned, and long values wrap in their column', () => {
  expect(
    rows(
      [
        ['a', 'short'],
        ['longer', `${'word '.repeat(20)}end`],
      ],
      2,
      100,
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
        const lines = wrapped(text.replaceAll('`', ''), ['  label  ', '         '], 100);
        for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(100);
        const squeezed = (each: string) => each.replace(/\s/g, '');
        expect(squeezed(lines.join(''))).toBe(squeezed(`label${text.replaceAll('`', '')}`));
      },
    ),
  );
});

test('a command between backticks stays on one line, even if it is too long', () => {
  const command = '`kubectl --kubeconfig ci.kubeconfig get ns`';
  const around = (width: number) =>
    wrapped(`to try it, run ${command}, then look`, ['', '  '], width);
  expect(around(80)).toEqual([`to try it, run ${command}, then look`]);
  expect(around(52)).toEqual(['to try it, run', `  ${command}, then`, '  look']);
  expect(around(20)).toEqual(['to try it, run', `  ${command},`, '  then look']);
});

test('a backtick without a second one keeps nothing together', () => {
  expect(wrapped('a `b c d e', ['', ''], 4)).toEqual(['a `b', 'c d', 'e']);
});

test('a list tells how many items it omits', () => {
  expect(listed([])).toBe('none');
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});

describe('the work grows no faster than the text, for', () => {
  const size = 1_000_000;
  test.each<[string, () => unknown]>([
    ['one long word', () => wrapped('p'.repeat(size), ['', ''], 100)],
    ['one long word of wide characters', () => wrapped('字'.repeat(size / 4), ['', ''], 100)],
    ['one command', () => wrapped(`\`${'p '.repeat(size / 2)}\``, ['', ''], 100)],
    ['many backticks', () => wrapped('` '.repeat(size / 2), ['', ''], 100)],
    ['many words', () => wrapped('p '.repeat(size / 2), ['', ''], 100)],
    ['a long command', () => shellLines('p'.repeat(size), 100)],
    ['a long quoted command', () => shellLines(`'${'p'.repeat(size)}'`, 100)],
    [
      'many rows',
      () =>
        rows(
          Array.from({ length: 200_000 }, () => ['', 'x'] as const),
          0,
          100,
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
