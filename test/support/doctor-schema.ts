import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { DoctorReport } from '../../src/explain/doctor/report.ts';

const path = resolve(import.meta.dirname, '../../docs/doctor.schema.json');
const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(
  JSON.parse(readFileSync(path, 'utf8')),
);

/** Parses the output of `doctor -o json`; throws if it does not match the published schema. */
export function parsedDoctor(text: string): DoctorReport {
  const report: unknown = JSON.parse(text);
  if (!validate(report)) throw new Error(JSON.stringify(validate.errors, null, 2));
  return report as unknown as DoctorReport;
}
