import { expect, test } from 'vitest';
import { columns } from '../../../src/explain/layout.ts';
import { noPaint, paintFor, terminalPaint } from '../../../src/explain/paint.ts';
import type { Report } from '../../../src/explain/report.ts';
import { reportText } from '../../../src/explain/report-text.ts';
import { brokenForShell } from '../../../src/explain/shell-lines.ts';

const report: Report = {
  version: 1,
  dexchange: 'dev',
  verdict: { status: 'failed', summary: 'it is so', rule: 'a-rule', error: null, exitCode: 4 },
  steps: [
    {
      name: 'exchange',
      status: 'failed',
      summary: 'a summary that failed',
      requests: [
        {
          method: 'POST',
          url: 'https://dex.example.com/token',
          curl: ['curl -q -sS', `'https://dex.example.com/${'x'.repeat(300)}'`],
          attempts: [],
          answer: { status: 401, error: 'access_denied', description: null },
        },
      ],
    },
  ],
  diagnoses: [],
};

test.each([
  [true, {}, terminalPaint],
  [false, {}, noPaint],
  [true, { NO_COLOR: '1' }, noPaint],
  [true, { NO_COLOR: '' }, terminalPaint],
  [true, { TERM: 'dumb' }, noPaint],
])('terminal %s with %j', (isTerminal, env, paint) => {
  expect(paintFor(isTerminal, env)).toBe(paint);
});

test('the verdict comes first and last, coloured where that is wanted', () => {
  const plain = reportText(report, noPaint);
  expect(plain.startsWith('FAILED: it is so\n')).toBe(true);
  expect(plain.endsWith('\nFAILED: it is so\n')).toBe(true);
  const coloured = reportText(report, terminalPaint);
  expect(coloured.startsWith('\u001b[31mFAILED: it is so\u001b[0m\n')).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are to go
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
});

test('a long word of a command is broken so that a shell joins it again', () => {
  const word = `it's ${'long '.repeat(60)}`.trim();
  const lines = brokenForShell(`  echo '${word.replaceAll("'", "'\\''")}'`);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(100);
  expect(lines.join('\n').replaceAll("'\\\n'", '')).toBe(
    `  echo '${word.replaceAll("'", "'\\''")}'`,
  );
  for (const line of reportText(report, noPaint).split('\n')) {
    expect(columns(line)).toBeLessThanOrEqual(100);
  }
});
