import { exitCodes } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import type { Report } from './report.ts';

/** Fields that hold words of our own alone: a secret that equals a part of one is no leak there. */
const ownFields: ReadonlySet<string> = new Set([
  ...['name', 'status', 'rule', 'id', 'docs', 'likelihood', 'result', 'kind'],
  ...['claim', 'form', 'sha256', 'method', 'at'],
]);

/** Longest text of a report: a curl command, a claim. */
const maxChars = 2000;

/**
 * The report once more without the secrets of the run, in whatever form they stand in it. Nothing
 * secret is put into it in the first place; this is for what servers echo and claims repeat.
 */
export function redactReport(report: Report, secrets: readonly Secret[]): Report {
  return redact(report, secrets, false) as Report;
}

/** @param foreign true below claims and headers, whose names are a stranger's too */
function redact(value: unknown, secrets: readonly Secret[], foreign: boolean): unknown {
  if (typeof value === 'string') {
    return Object.hasOwn(exitCodes, value) ? value : sanitize(value, { maxChars, secrets });
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets, foreign));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      foreign ? sanitize(name, { maxChars, secrets }) : name,
      !foreign && ownFields.has(name) && typeof item === 'string'
        ? item
        : redact(item, secrets, foreign || name === 'claims' || name === 'header'),
    ]),
  );
}
