import type { DexchangeError } from '../../errors.ts';
import type { ClusterValue } from '../../kubernetes/cluster-value.ts';
import type { ReadResult } from '../../kubernetes/read-cluster.ts';
import type { Secret } from '../../secret.ts';

/** The values and prerequisites that were read from a cluster. */
export interface Discovery {
  /** With the names of the DKP guide *Access for CI/CD*: API_HOST, DEX_HOST, DEX_CLIENT_ID and so on. */
  readonly values: readonly DiscoveredValue[];
  readonly checks: readonly Check[];
  /** The command of several lines that allows what was forbidden; undefined if nothing was. */
  readonly grant: string | undefined;
}

/** A value that was read from a cluster. */
export interface DiscoveredValue {
  readonly name: string;
  readonly value: string | Secret;
  /** Its location in the cluster: `ingress d8-user-authn/dex`. */
  readonly place: string;
}

/** A prerequisite of a method, and whether it is met. */
export interface Check {
  readonly name: string;
  /** `off` is a method that nobody has turned on, which is no fault. */
  readonly state: 'ok' | 'off' | 'warning' | 'missing' | 'unknown';
  readonly text: string;
  readonly hint?: string;
  /** Whether the call asked for it: the addresses, and every object that a flag names. */
  readonly asked?: true;
}

/** What was read about one thing. */
export type Part = Pick<Discovery, 'values' | 'checks'>;

/** Reads a value from the cluster. */
export type Read = <T>(wanted: ClusterValue<T>) => Promise<ReadResult<T>>;

/**
 * The exit code of a discovery: 0 if everything that was asked for is there, 2 if something is
 * missing, 6 if the user is not allowed to read it.
 */
export function discoveryExitCode({ checks }: Discovery): 0 | 2 | 6 {
  const failed = failedChecks(checks);
  if (failed.some(({ state }) => state === 'missing')) return 2;
  return failed.length > 0 ? 6 : 0;
}

/** The checks that failed and that the call asked for. */
export function failedChecks(checks: readonly Check[]): readonly Check[] {
  return checks.filter(
    ({ asked, state }) => asked === true && (state === 'missing' || state === 'unknown'),
  );
}

/** Marks a check as one that the call asked for. */
export function asked(check: Check, isAsked = true): Check {
  return isAsked ? { ...check, asked: true } : check;
}

/** The hint of a check that failed only because reading is forbidden. */
export const grantHint = 'ask a cluster administrator to run the command at the end';

/** The check of a value: whether it was found. */
export function checkOf<T>(name: string, result: ReadResult<T>, text: (value: T) => string): Check {
  if (result.found) return { name, state: 'ok', text: text(result.value) };
  return failedCheck(name, result.error);
}

/** The check of a value that was not found. */
export function failedCheck(name: string, error: DexchangeError): Check {
  // An object that this user is not allowed to read can still exist.
  const isForbidden = error.code === 'api_forbidden';
  return {
    name,
    state: isForbidden ? 'unknown' : 'missing',
    text: error.message,
    hint: isForbidden ? grantHint : error.hint,
  };
}
