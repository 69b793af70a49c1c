import type { Report } from '../../src/explain/report.ts';
import { parserOf } from './schema.ts';

/** Parses a report of `--explain=json`; throws if it does not match the published schema. */
export const parsedReport = parserOf<Report>('explain.schema.json');
