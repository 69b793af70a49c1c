import type { DoctorReport } from '../../src/explain/doctor/report.ts';
import { parserOf } from './schema.ts';

/** Parses the output of `doctor -o json`; throws if it does not match the published schema. */
export const parsedDoctor = parserOf<DoctorReport>('doctor.schema.json');
