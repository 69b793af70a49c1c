import { expect, test } from 'vitest';
import { errorReport } from '../../../src/cli/error-report.ts';
import { DexchangeError } from '../../../src/errors.ts';

const refused = new DexchangeError('dex_client_refused', 'Dex denied client ci', {
  hint: 'see the secret',
  cause: new Error('inner\nsecond line\u001b[31m'),
});

test('has one line that says what is wrong, with the code, and one that says what to do', () => {
  expect(errorReport(refused, false)).toBe(
    'dexchange: Dex denied client ci (dex_client_refused)\nhint: see the secret\n',
  );
});

test('with -v has the cause on sanitized debug lines', () => {
  const lines = errorReport(refused, true).trimEnd().split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'dexchange: Dex denied client ci (dex_client_refused)',
    'hint: see the secret',
    'debug: Error: inner',
    'debug: second line [31m',
  ]);
  expect(lines.slice(4).every((line) => line.startsWith('debug: at '))).toBe(true);
});

test.each([new TypeError('canary of undefined'), 'canary', { canary: 1 }, null])(
  'of a bug asks the user to report it, and shows no details without -v: %s',
  (thrown) => {
    const report = errorReport(thrown, false);
    expect(report).toMatch(/^dexchange: internal error \(bug\)\nhint: report .*-v\n$/);
    expect(report).not.toContain('canary');
  },
);

test('of a bug has its stack with -v, limited in length', () => {
  const bug = new TypeError('x is not a function');
  const report = errorReport(bug, true);
  expect(report).toContain(' (bug)\nhint: ');
  expect(report).toContain('\ndebug: TypeError: x is not a function\n');
  const long = new Error('y');
  long.stack = Array.from({ length: 1000 }, () => 'z'.repeat(1000)).join('\n');
  const lines = errorReport(long, true).split('\n');
  expect(lines.length).toBeLessThan(40);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(320);
});
