import { expect, test } from 'vitest';
import type { Report } from '../../../src/explain/report.ts';
import { reportText } from '../../../src/explain/report-text.ts';
import { noColors, terminalColors } from '../../../src/terminal/colors.ts';
import { columns, shellLines } from '../../../src/terminal/layout.ts';

const report: Report = {
  version: 2,
  dexchange: 'dev',
  verdict: {
    status: 'failed',
    summary: 'a cause',
    rule: 'a-rule',
    error: 'dex_refused',
    message: 'a message',
    hint: 'do this',
    exitCode: 4,
  },
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

test('the verdict comes first and last, and in color on a terminal', () => {
  const plain = reportText(report, { width: 100, colors: noColors });
  expect(
    plain.startsWith(
      'FAILED: a cause (dex_refused)\nfix: do this\nread more: run\n    dexchange help dex_refused\n\nerror: a message\n\n',
    ),
  ).toBe(true);
  expect(plain.endsWith('\n\nFAILED: a cause (dex_refused)\n')).toBe(true);
  const colored = reportText(report, { width: 100, colors: terminalColors });
  expect(colored.startsWith('\u001b[31mFAILED: a cause (dex_refused)\u001b[39m\n')).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removes the colors
  expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
});

test('the status of a step is in color, and not the same letters in its name', () => {
  const token = { name: 'subject-token', type: null, token: null } as const;
  const steps = [{ ...token, status: 'ok', summary: 'ok so far' } as const];
  const text = reportText({ ...report, steps }, { width: 100, colors: terminalColors });
  expect(text).toContain('1  identity token   \u001b[32mok\u001b[39m       ok so far\n');
});

test('a long argument is broken so that a shell joins it again', () => {
  const word = `it's ${'long '.repeat(60)}`.trim();
  const lines = shellLines(`  echo '${word.replaceAll("'", "'\\''")}'`, 100);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(100);
  expect(lines.join('\n').replaceAll("'\\\n'", '')).toBe(
    `  echo '${word.replaceAll("'", "'\\''")}'`,
  );
  for (const line of reportText(report, { width: 100, colors: noColors }).split('\n')) {
    expect(columns(line)).toBeLessThanOrEqual(100);
  }
});
