import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { Ended } from './run-to-end.ts';

export interface ExpectedFailure {
  readonly exitCode: number;
  /** Needs `-v` in the call: only then does the program print the code of its error. */
  readonly code?: ErrorCode;
  /** What the message must name: a flag, a variable, a file, a value or a server. */
  readonly names?: readonly (string | RegExp)[];
  /** What the hint must contain; every error has one. */
  readonly hint?: readonly (string | RegExp)[];
  /** What must not appear on stderr, debug lines included. */
  readonly secrets?: readonly string[];
}

export interface FailureLines {
  readonly message: string;
  readonly hint: string;
}

/**
 * Asserts that a call failed as documented: stdout is empty, and stderr has one line `dexchange: …`
 * and one line `hint: …`. Debug lines are allowed only if a code is expected. Returns both
 * lines without their labels.
 */
export function expectFailure(ended: Ended, expected: ExpectedFailure): FailureLines {
  const { exitCode, code, names = [], hint = [], secrets = [] } = expected;
  expect(ended.code, ended.stderr).toBe(exitCode);
  expect(ended.stdout).toBe('');
  expect(ended.stderr.endsWith('\n')).toBe(true);
  const lines = ended.stderr.slice(0, -1).split('\n');
  const report = code === undefined ? lines : lines.filter((line) => !line.startsWith('debug: '));
  if (code !== undefined) expect(lines).toContain(`debug: error ${code}`);
  expect(report.length, ended.stderr).toBe(2);
  const [messageLine = '', hintLine] = report;
  expect(messageLine).toMatch(/^dexchange: \S/);
  expectParts(messageLine, names);
  expect(hintLine, ended.stderr).toMatch(/^hint: \S/);
  expectParts(hintLine ?? '', hint);
  for (const secret of secrets) expect(ended.stderr).not.toContain(secret);
  return {
    message: messageLine.slice('dexchange: '.length),
    hint: hintLine?.slice('hint: '.length) ?? '',
  };
}

function expectParts(line: string, parts: readonly (string | RegExp)[]): void {
  for (const part of parts) {
    if (typeof part === 'string') expect(line).toContain(part);
    else expect(line).toMatch(part);
  }
}
