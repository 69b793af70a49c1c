import type { Step } from './report.ts';
import { type RunRecord, usesIdentityMethod } from './run-record.ts';

/** Finds the step that failed, from how far the run got; undefined if the run succeeded. */
export function failingStep(record: RunRecord): Step['name'] | undefined {
  const { error } = record;
  if (error === undefined) return undefined;
  if (record.identityOptions === undefined) return 'settings';
  if (record.identity === undefined) return 'identity';
  if (record.subjectToken === undefined) {
    // CA files are read on the first use of the network, after the identity is selected.
    return error.code.startsWith('setting_') ? 'settings' : 'subject-token';
  }
  return usesIdentityMethod(record) ? 'subject-token' : 'exchange';
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

/** Whether a step comes after the failed one, so the run did not reach it. */
export function isAfterFailure(step: Step['name'], failed: Step['name'] | undefined): boolean {
  return failed !== undefined && order.indexOf(step) > order.indexOf(failed);
}
