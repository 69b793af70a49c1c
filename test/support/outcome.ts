import { type ErrorCode, exitCodes } from '../../src/errors.ts';
import type { Ended } from './run-to-end.ts';

/** What may differ between the calls whose outcome is checked. */
export interface OutcomeRules {
  /** Texts that must not appear in what the call prints. */
  readonly secrets?: readonly string[];
  /** `--explain`: a report instead of the two lines of an error, with the exit code of the error. */
  readonly explains?: boolean;
  /** Whether stdout may have control characters, because it is data, such as a script. */
  readonly printsData?: boolean;
}

/** The longest text on stderr: two lines of at most 2000 characters, and what -v adds. */
const longestStderr = 60_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/**
 * Why the outcome of a call is not one that a user may see; undefined for an answer, and for an error of
 * usage, configuration, identity, Dex, network or the API with one line of message and one of hint.
 */
export function problemOf(ended: Ended, rules: OutcomeRules = {}): string | undefined {
  const { code, stdout, stderr } = ended;
  const { secrets = [], explains = false, printsData = false } = rules;
  if (code === null || code < 0 || code > 6 || code === 1) return `exit code ${code}`;
  if (/internal error|this is a bug/.test(stderr)) return 'an internal error';
  if (/\n? {4}at |\bundefined\b|\[object |\bNaN\b|(?:Type|Range|Syntax)Error/.test(stderr))
    return 'a stack, an object or undefined on stderr';
  if (!explains && control.test(stderr)) return 'control characters on stderr';
  if (!printsData && control.test(stdout)) return 'control characters on stdout';
  if (!explains && stderr.length > longestStderr) return `${stderr.length} characters on stderr`;
  const secret = secrets.find((text) => stderr.includes(text) || stdout.includes(text));
  if (secret !== undefined) return `the secret ${secret}`;
  if (explains) return undefined;
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('debug: '));
  const messages = lines.filter((line) => line.startsWith('dexchange: '));
  const hints = lines.filter((line) => line.startsWith('hint: '));
  if (code === 0) return messages.length === 0 ? undefined : 'a message although it succeeded';
  if (stdout !== '') return 'text on stdout although it failed';
  const [, printed = ''] = /^dexchange: \S.* \((\w+)\)$/.exec(messages[0] ?? '') ?? [];
  if (messages.length !== 1 || printed === '') return 'no message with a code at its end';
  if (exitCodes[printed as ErrorCode] !== code) return `exit code ${code} for ${printed}`;
  if (hints.length !== 1 || !/^hint: \S/.test(hints[0] ?? '')) return 'no hint';
  return undefined;
}
