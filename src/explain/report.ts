import type { ErrorCode } from '../errors.ts';
import type { KubernetesUser } from './kubernetes-user.ts';
import type { TokenFacts } from './token-facts.ts';

/** The version of the JSON form: raised when a field changes its meaning or goes away. */
export const reportVersion = 1;

/** What `--explain` says, as docs/explain.schema.json describes it. Holds no secret. */
export interface Report {
  readonly version: typeof reportVersion;
  /** The program's own version. */
  readonly dexchange: string;
  readonly verdict: Verdict;
  readonly steps: readonly Step[];
  /** What is wrong or odd, the gravest first. */
  readonly diagnoses: readonly Diagnosis[];
}

/** `skipped` is a step that was not needed, or not reached. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Verdict {
  readonly status: Exclude<Status, 'skipped'>;
  readonly summary: string;
  /** The rule that explains it; null if all is well or no rule is needed. */
  readonly rule: string | null;
  readonly error: ErrorCode | null;
  /** Of the same call without `--explain`. */
  readonly exitCode: number;
}

interface StepOf<N extends string> {
  readonly name: N;
  readonly status: Status;
  /** One line. */
  readonly summary: string;
}

export type Step =
  | SettingsStep
  | IdentityStep
  | SubjectTokenStep
  | CacheStep
  | ExchangeStep
  | DexTokenStep
  | KubernetesStep;

export interface SettingsStep extends StepOf<'settings'> {
  /** The kubeconfig whose exec entry is explained, if one is. */
  readonly kubeconfig: string | null;
  readonly settings: readonly DisplayedSetting[];
}

export interface DisplayedSetting {
  readonly name: string;
  /** Without what is secret in it. */
  readonly value: string;
  readonly from: string;
  readonly overrode: readonly string[];
}

export interface IdentityStep extends StepOf<'identity'> {
  readonly chosen: string | null;
  readonly considered: readonly {
    readonly name: string;
    readonly available: boolean;
    readonly why: string;
  }[];
  /** What was asked of the IdP. */
  readonly requests: readonly RequestFacts[];
}

export interface SubjectTokenStep extends StepOf<'subject-token'> {
  /** What Dex is told that it is. */
  readonly type: string | null;
  readonly token: TokenFacts | null;
}

export interface CacheStep extends StepOf<'cache'> {
  readonly result: 'hit' | 'miss' | 'off' | null;
  readonly place: string | null;
  /** Names of what the entry is found by, with the values that are not secret. */
  readonly key: readonly string[];
}

export interface ExchangeStep extends StepOf<'exchange'> {
  readonly requests: readonly RequestFacts[];
}

export interface DexTokenStep extends StepOf<'dex-token'> {
  readonly token: TokenFacts | null;
  readonly user: KubernetesUser | null;
}

export interface KubernetesStep extends StepOf<'kubernetes'> {
  readonly server: string | null;
  readonly user: { readonly username: string; readonly groups: readonly string[] } | null;
  readonly access: {
    readonly verb: string;
    readonly resource: string;
    readonly allowed: boolean;
  } | null;
  readonly clocks: readonly ClockFacts[];
  readonly requests: readonly RequestFacts[];
}

/** How far a server's clock is ahead of this machine's, by its Date header (whole seconds). */
export interface ClockFacts {
  readonly server: string;
  readonly aheadSeconds: number;
}

/** A request to a server and what came of it. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  /** The same request as a curl command, in pieces, with variables in place of secrets. */
  readonly curl: readonly string[];
  readonly attempts: readonly AttemptFacts[];
  readonly answer: {
    readonly status: number;
    readonly error: string | null;
    readonly description: string | null;
  } | null;
}

/** Durations in milliseconds; null is a step that was not needed or not reached. */
export interface AttemptFacts {
  readonly proxy: string | null;
  readonly address: string | null;
  readonly tls: string | null;
  readonly lookupMs: number | null;
  readonly connectMs: number | null;
  readonly proxyMs: number | null;
  readonly tlsMs: number | null;
  readonly firstByteMs: number | null;
  readonly totalMs: number | null;
  readonly failure: string | null;
}

/** A rule that applies. */
export interface Diagnosis {
  readonly rule: string;
  /** A note is worth saying and spoils nothing. */
  readonly status: 'failed' | 'warning' | 'note';
  readonly title: string;
  /** What was seen that speaks for it. */
  readonly evidence: readonly string[];
  /** The likeliest first. */
  readonly causes: readonly DiagnosedCause[];
  /** Where docs/troubleshooting.md says more. */
  readonly docs: string;
}

export interface DiagnosedCause {
  /** Stable within its rule. */
  readonly id: string;
  readonly likelihood: 'certain' | 'likely' | 'possible';
  readonly cause: string;
  /** What tells this cause from the others. */
  readonly check: string;
  /** The line to look for in a server's log. */
  readonly log: string | null;
  readonly fix: string;
}
