import { expect } from 'vitest';
import { type ErrorCode, exitCodes } from '../../src/errors.ts';
import type { Ended } from './run-to-end.ts';

export interface ExpectedFailure {
  readonly exitCode: number;
  /** The code at the end of the message; by default any that has the exit code. */
  readonly code?: ErrorCode;
  /** What the message must name: a flag, a variable, a file, a value or a server. */
  readonly names?: readonly (string | RegExp)[];
  /** What the hint must contain. */
  readonly hint?: readonly (string | RegExp)[];
  /** What must not appear on stderr, debug lines included. */
  readonly secrets?: readonly string[];
}

export interface FailureLines {
  readonly message: string;
  readonly hint: string;
}

/**
 * Asserts that a call failed as documented: stdout is empty, and stderr has one line `dexchange: …`,
 * which ends with the error code, and one line `hint: …`. Debug lines are allowed only if a code is
 * expected. Returns both lines without their labels and the code.
 */
export function expectFailure(ended: Ended, expected: ExpectedFailure): FailureLines {
  const { exitCode, code, names = [], hint = [], secrets = [] } = expected;
  expect(ended.code, ended.stderr).toBe(exitCode);
  expect(ended.stdout).toBe('');
  expect(ended.stderr.endsWith('\n')).toBe(true);
  const lines = ended.stderr.slice(0, -1).split('\n');
  const report = code === undefined ? lines : lines.filter((line) => !line.startsWith('debug: '));
  expect(report, ended.stderr).toHaveLength(2);
  const [firstLine = '', hintLine = ''] = report;
  const { messageLine, printed } = withoutCode(firstLine);
  expect(exitCodes[printed as ErrorCode], ended.stderr).toBe(exitCode);
  if (code !== undefined) expect(printed).toBe(code);
  expect(messageLine).toMatch(/^dexchange: \S/);
  expectParts(messageLine, names);
  expect(hintLine).toMatch(/^hint: \S/);
  expectParts(hintLine, hint);
  for (const secret of secrets) expect(ended.stderr).not.toContain(secret);
  return {
    message: messageLine.slice('dexchange: '.length),
    hint: hintLine.slice('hint: '.length),
  };
}

/** Splits the first line of an error into the message and the code at its end. */
export function withoutCode(line: string): { messageLine: string; printed: string } {
  const [, messageLine = line, printed = ''] = /^(.*) \((\w+)\)$/s.exec(line) ?? [];
  return { messageLine, printed };
}

function expectParts(line: string, parts: readonly (string | RegExp)[]): void {
  for (const part of parts) {
    if (typeof part === 'string') expect(line).toContain(part);
    else expect(line).toMatch(part);
  }
}
