import type { ErrorCode } from '../../errors.ts';
import type { Evidence } from '../evidence.ts';
import type { Names } from './names.ts';

/** A note does not affect the verdict. */
export type Severity = 'failed' | 'warning' | 'note';

/** How strongly the evidence supports a cause. */
export type Likelihood = 'certain' | 'likely' | 'possible';

/** A text of a rule; a function if it contains names from the run. */
export type Text = string | ((names: Names) => string);

/** A problem that `--explain` recognizes. docs/troubleshooting.md is generated from the rules. */
export interface Rule {
  /** Also the anchor of its section in the docs. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: Text;
  /** The title for the docs, if `title` is the message of the error. */
  readonly heading?: string;
  /** What the user sees without dexchange: in curl, d8 or kubectl. */
  readonly symptom: string;
  /** The error codes that this rule explains. */
  readonly codes?: readonly ErrorCode[];
  /** Whether the rule applies. Default: the run ended with one of the codes. */
  readonly applies?: (evidence: Evidence) => boolean;
  /** Observations, one per line. The message of the error is always added. */
  readonly evidence?: (evidence: Evidence) => readonly (string | undefined)[];
  readonly causes: readonly Cause[];
}

export interface Cause {
  readonly id: string;
  /** Returns undefined if the evidence excludes the cause. Default: `possible`. */
  readonly when?: (evidence: Evidence) => Likelihood | undefined;
  readonly cause: Text;
  /** How to distinguish it from the other causes. */
  readonly check: Text;
  /** The line to look for, prefixed by the program whose log has it. */
  readonly log?: string;
  /** What to change, and in which system. */
  readonly fix: Text;
}

/** The evidence of a rule about connections: the proxy, if there is one. */
export function proxyLine({ proxy }: Evidence): readonly (string | undefined)[] {
  return [proxy === undefined ? undefined : `the connection uses the proxy ${proxy}`];
}

/** How a cluster administrator finds the host of Dex. */
export const seeDexHost =
  'a cluster administrator sees the host with `d8 k -n d8-user-authn get ingress dex`, or with `d8 k -n d8-user-authn get httproute dex` if the cluster uses the Gateway API';

/** Fills the names of a run into a text of a rule. */
export function textOf(text: Text, names: Names): string {
  return typeof text === 'string' ? text : text(names);
}
