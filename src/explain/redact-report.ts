import { exitCodes } from '../errors.ts';
import type { Redaction } from '../redaction.ts';
import { sanitize } from '../sanitize.ts';
import type { Report } from './report.ts';

/** Fields with fixed values of dexchange: a secret that happens to equal a part of one is no leak. */
const fixedFields: ReadonlySet<string> = new Set([
  ...['name', 'status', 'rule', 'id', 'likelihood', 'result', 'kind', 'granted'],
  ...['claim', 'form', 'sha256', 'method', 'at'],
]);

/** The maximum length of a text in a report, such as a claim or a part of a curl command. */
const maxChars = 2000;

/**
 * Returns a copy of the report without the secrets of the run, in any encoding. A report contains no
 * secrets by construction; this removes those that a server echoes or a claim repeats.
 */
export function redactReport(report: Report, redaction: Redaction): Report {
  return redact(report, redaction, false) as Report;
}

/** @param foreign true inside claims and headers, whose field names are untrusted too */
function redact(value: unknown, redaction: Redaction, foreign: boolean): unknown {
  if (typeof value === 'string') {
    return Object.hasOwn(exitCodes, value) ? value : sanitize(value, { maxChars, redaction });
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, redaction, foreign));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      foreign ? sanitize(name, { maxChars, redaction }) : name,
      !foreign && fixedFields.has(name) && typeof item === 'string'
        ? item
        : redact(item, redaction, foreign || name === 'claims' || name === 'header'),
    ]),
  );
}
