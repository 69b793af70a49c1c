import type { ErrorCode } from '../../errors.ts';
import type { HeadCause } from '../head-block.ts';

/** The version of the JSON format. It increases when a field is removed or changes its meaning. */
export const doctorVersion = 1;

/** Whose needs are checked: those of a CI job, or those of the administrator who prepares the cluster. */
export type DoctorScope = 'ci' | 'admin';

/** The result of `dexchange doctor`, described by docs/doctor.schema.json. Contains no secrets. */
export interface DoctorReport {
  readonly version: typeof doctorVersion;
  /** The version of dexchange. */
  readonly dexchange: string;
  readonly for: DoctorScope;
  readonly verdict: DoctorVerdict;
  /** In the order of a call: what a later one needs comes first. */
  readonly checks: readonly DoctorCheck[];
}

export interface DoctorVerdict {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly summary: string;
  /** The check that decides; null if all is well. */
  readonly check: CheckName | null;
  readonly error: ErrorCode | null;
  /** Most likely first; `cause` is null if the summary says it. */
  readonly causes: readonly {
    readonly likelihood: HeadCause['likelihood'];
    readonly cause: string | null;
    readonly fix: string | null;
  }[];
  /** A command that prints more about it; null if there is none. */
  readonly more: string | null;
  /** 0 if no check failed; otherwise that of the first failed check. */
  readonly exitCode: number;
}

export type CheckName =
  | 'kubectl'
  | 'd8'
  | 'kubeconfig'
  | 'plugin'
  | 'settings'
  | 'identity-source'
  | 'identity-token'
  | 'dex'
  | 'exchange'
  | 'claims'
  | 'groups'
  | 'api'
  | 'permissions'
  | 'cluster'
  | 'clock'
  | 'cache'
  | 'proxy';

/** `skipped` means that the check was not needed or not reached. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that was checked. A name can occur several times. */
export interface DoctorCheck {
  readonly name: CheckName;
  readonly state: CheckState;
  /** What was found, on one line. */
  readonly found: string;
  /** What to run or change, with commands between backticks; null if nothing. */
  readonly fix: string | null;
  /** Of a failed check. */
  readonly code: ErrorCode | null;
  /** If it is not that of the code: 2 for what is missing in the cluster, as `discover` ends. */
  readonly exitCode?: number;
}
