import type { ErrorCode } from '../../errors.ts';
import type { Evidence } from '../evidence.ts';
import type { Names } from './names.ts';

/** A note is worth saying and spoils nothing. */
export type Severity = 'failed' | 'warning' | 'note';

/** How well the evidence supports a cause; undefined excludes it. */
export type Likelihood = 'certain' | 'likely' | 'possible';

/** A text of a rule; a function where it names what the run was about. */
export type Text = string | ((names: Names) => string);

/** One row of the diagnosis table: the report and docs/troubleshooting.md are made of it. */
export interface Rule {
  /** Also the anchor of its paragraph in the docs. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: Text;
  /** For the docs, where the title is what an error says. */
  readonly heading?: string;
  /** How it shows without dexchange: with curl, d8, kubectl. */
  readonly symptom: string;
  /** The errors that this rule explains. */
  readonly codes?: readonly ErrorCode[];
  /** Whether it applies; by default if the run ended with one of the codes. */
  readonly applies?: (evidence: Evidence) => boolean;
  /** What was seen, a line each; the error's own message is always among it. */
  readonly evidence?: (evidence: Evidence) => readonly (string | undefined)[];
  readonly causes: readonly Cause[];
}

export interface Cause {
  readonly id: string;
  /** Default: always `possible`. */
  readonly when?: (evidence: Evidence) => Likelihood | undefined;
  readonly cause: Text;
  /** What tells it from the others. */
  readonly check: Text;
  /** The line to look for, and in whose log. */
  readonly log?: string;
  /** What to change, in which system. */
  readonly fix: Text;
}

/** The text of a rule for a run. */
export function textOf(text: Text, names: Names): string {
  return typeof text === 'string' ? text : text(names);
}
