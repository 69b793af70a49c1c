import { expect } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';

/** What a user sees of an error, and what the shell does. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

function seen(error: unknown): Failure {
  if (!(error instanceof DexchangeError)) throw error;
  const { code, message, hint, exitCode } = error;
  return { code, message, hint, exitCode };
}

/** The error that a call throws; anything but a DexchangeError fails the test. */
export function failure(run: () => unknown): Failure {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    return seen(error);
  }
  throw new Error(`did not throw, but gave ${JSON.stringify(result)}`);
}

/** The error that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Failure> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    return seen(error);
  }
  throw new Error(`was not rejected, but gave ${JSON.stringify(result)}`);
}

/** What a failure must say: its code and exit code, and what message and hint must name. */
export interface ExpectedFailure {
  readonly code: string;
  readonly exitCode?: number;
  readonly message: readonly string[];
  readonly hint: readonly string[];
}

/** Checks code and exit code (2 by default), and what message and hint name. */
export function expectFailure(seen: Failure, expected: ExpectedFailure): void {
  const { code, exitCode = 2, message, hint } = expected;
  expect(seen).toMatchObject({ code, exitCode });
  for (const part of message) expect(seen.message).toContain(part);
  for (const part of hint) expect(seen.hint).toContain(part);
}
