import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Report } from '../../src/explain/report.ts';

const path = resolve(import.meta.dirname, '../../docs/explain.schema.json');
const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(
  JSON.parse(readFileSync(path, 'utf8')),
);

/** Parses a report of `--explain=json`; throws if it does not match the published schema. */
export function parsedReport(text: string): Report {
  const report: unknown = JSON.parse(text);
  if (!validate(report)) throw new Error(JSON.stringify(validate.errors, null, 2));
  return report as unknown as Report;
}
