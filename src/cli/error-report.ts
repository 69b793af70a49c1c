import { asDexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';

/**
 * The text on stderr if a call fails: one line that says what is wrong and ends with the error code,
 * which `dexchange help CODE` explains, and one line that says what to do. With `-v` also the stack of
 * a bug or of another error's cause.
 */
export function errorReport(thrown: unknown, verbose: boolean): string {
  const error = asDexchangeError(thrown);
  const lines = [
    `dexchange: ${oneLine(error.message)} (${error.code})`,
    `hint: ${oneLine(error.hint)}`,
  ];
  if (verbose) lines.push(...causeLines(error.cause));
  return `${lines.join('\n')}\n`;
}

/** Makes sure that a message has only one line, whatever text it contains. */
function oneLine(text: string): string {
  return sanitize(text, { maxChars: 2000 });
}

function causeLines(cause: unknown): readonly string[] {
  if (cause === undefined) return [];
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return text
    .split('\n')
    .slice(0, 30)
    .map((line) => `debug: ${sanitize(line, { maxChars: 300 })}`);
}
