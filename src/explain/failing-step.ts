import type { Step } from './report.ts';
import type { RunRecord } from './run-record.ts';

/** The step at which a run ended, by how far it got; undefined if it ended well. */
export function failingStep(record: RunRecord): Step['name'] | undefined {
  const { error } = record;
  if (error === undefined) return undefined;
  if (record.exchange === undefined) return 'settings';
  if (record.identity === undefined) return 'identity';
  if (record.subjectToken === undefined) {
    // Certificates are read when the network is first needed.
    return error.code.startsWith('setting_') ? 'settings' : 'subject-token';
  }
  return 'exchange';
}

const order: readonly Step['name'][] = [
  'settings',
  'identity',
  'cache',
  'subject-token',
  'exchange',
  'dex-token',
  'kubernetes',
];

/** Whether a step comes after the one that failed, and so was never reached. */
export function isAfterFailure(step: Step['name'], failed: Step['name'] | undefined): boolean {
  return failed !== undefined && order.indexOf(step) > order.indexOf(failed);
}
