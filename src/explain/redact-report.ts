import { exitCodes } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import type { Report } from './report.ts';

/** Fields with fixed values of dexchange: a secret that happens to equal a part of one is no leak. */
const fixedFields: ReadonlySet<string> = new Set([
  ...['name', 'status', 'rule', 'id', 'docs', 'likelihood', 'result', 'kind'],
  ...['claim', 'form', 'sha256', 'method', 'at'],
]);

/** The maximum length of a text in a report, such as a claim or a part of a curl command. */
const maxChars = 2000;

/**
 * Returns a copy of the report without the secrets of the run, in any encoding. A report contains no
 * secrets by construction; this removes those that a server echoes or a claim repeats.
 */
export function redactReport(report: Report, secrets: readonly Secret[]): Report {
  return redact(report, secrets, false) as Report;
}

/** @param foreign true inside claims and headers, whose field names are untrusted too */
function redact(value: unknown, secrets: readonly Secret[], foreign: boolean): unknown {
  if (typeof value === 'string') {
    return Object.hasOwn(exitCodes, value) ? value : sanitize(value, { maxChars, secrets });
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets, foreign));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      foreign ? sanitize(name, { maxChars, secrets }) : name,
      !foreign && fixedFields.has(name) && typeof item === 'string'
        ? item
        : redact(item, secrets, foreign || name === 'claims' || name === 'header'),
    ]),
  );
}
