import { asDexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';

/**
 * What stderr gets when a call fails: a line of what is wrong, and a line of what to do. A bug's
 * stack, and the cause of other errors, only under `-v`.
 */
export function errorReport(thrown: unknown, verbose: boolean): string {
  const error = asDexchangeError(thrown);
  const lines = [`dexchange: ${oneLine(error.message)}`];
  if (error.code === 'bug') {
    lines.push(
      'hint: this is a bug in dexchange: please report it in its issue tracker, with what -v says',
    );
  } else if (error.hint !== undefined) {
    lines.push(`hint: ${oneLine(error.hint)}`);
  }
  if (verbose) lines.push(`debug: error ${error.code}`, ...causeLines(error.cause));
  return `${lines.join('\n')}\n`;
}

/** Whatever found its way into a message: it ends where its line ends. */
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
