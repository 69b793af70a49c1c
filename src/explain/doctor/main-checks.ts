import type { Environment } from '../../ports.ts';
import type { ClockFacts, Report } from '../report.ts';
import type { Destination } from './proxy-check.ts';
import type { DoctorCheck } from './report.ts';

/** What a call with servers found, and what the checks of the machine need to know of it. */
export interface MainChecks {
  readonly checks: readonly DoctorCheck[];
  readonly clocks: readonly ClockFacts[];
  /** The servers of the call. */
  readonly destinations: readonly Destination[];
  /** The environment of the call. */
  readonly env: Environment;
  /** The report of the explained call, if there was one. */
  readonly report?: Report;
}
