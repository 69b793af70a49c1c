import type { ErrorCode } from '../errors.ts';
import type { KubernetesUser } from './kubernetes-user.ts';
import type { TokenFacts } from './token-facts.ts';

/** The version of the JSON format. It increases when a field is removed or changes its meaning. */
export const reportVersion = 2;

/** The report of `--explain`, described by docs/explain.schema.json. Contains no secrets. */
export interface Report {
  readonly version: typeof reportVersion;
  /** The version of dexchange. */
  readonly dexchange: string;
  readonly verdict: Verdict;
  readonly steps: readonly Step[];
  /** The problems that were found, most severe first. */
  readonly diagnoses: readonly Diagnosis[];
}

/** `skipped` means that the step was not needed or not reached. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Verdict {
  readonly status: Exclude<Status, 'skipped'>;
  readonly summary: string;
  /** The rule that explains the status; null if there is none. */
  readonly rule: string | null;
  readonly error: ErrorCode | null;
  /** The message and hint of that error, as the call prints them without `--explain`. */
  readonly message: string | null;
  readonly hint: string | null;
  /** The exit code of the same call without `--explain`. */
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
  /** The kubeconfig whose exec entry was run, if any. */
  readonly kubeconfig: string | null;
  readonly settings: readonly DisplayedSetting[];
}

export interface DisplayedSetting {
  readonly name: string;
  /** With secrets hidden. */
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
  /** Requests to the IdP or the CI system. */
  readonly requests: readonly RequestFacts[];
}

export interface SubjectTokenStep extends StepOf<'subject-token'> {
  /** The `subject_token_type` that is sent to Dex, in its short form. */
  readonly type: string | null;
  readonly token: TokenFacts | null;
}

export interface CacheStep extends StepOf<'cache'> {
  readonly result: 'hit' | 'miss' | 'off' | null;
  readonly place: string | null;
  /** The inputs of the cache key, as NAME=VALUE with secret values hidden. */
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
  /** The answers to `--can-i`, in its order; `allowed` is null if the API server did not decide. */
  readonly access: readonly {
    readonly verb: string;
    readonly resource: string;
    readonly allowed: boolean | null;
  }[];
  /** Whether RBAC grants the user anything in the namespace; null if `--can-i` is set or not asked. */
  readonly permissions: {
    readonly namespace: string;
    readonly granted: 'some' | 'none' | 'unlisted' | 'unknown';
  } | null;
  readonly clocks: readonly ClockFacts[];
  readonly requests: readonly RequestFacts[];
}

/** How far a server's clock is ahead of the local clock, in seconds, according to its Date header. */
export interface ClockFacts {
  readonly server: string;
  readonly aheadSeconds: number;
}

/** A request and its outcome. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  /** The same request as a curl command, in parts to be joined by spaces, with variables for secrets. */
  readonly curl: readonly string[];
  readonly attempts: readonly AttemptFacts[];
  readonly answer: {
    readonly status: number;
    readonly error: string | null;
    readonly description: string | null;
  } | null;
}

/** Durations are in milliseconds; null means not needed or not reached. */
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
  /** A note does not affect the verdict. */
  readonly status: 'failed' | 'warning' | 'note';
  readonly title: string;
  /** The observations that support it. */
  readonly evidence: readonly string[];
  /** Most likely first. */
  readonly causes: readonly DiagnosedCause[];
  /** The error code that `dexchange help CODE` explains; null if the rule has none. */
  readonly code: ErrorCode | null;
}

export interface DiagnosedCause {
  /** Stable, and unique within its rule. */
  readonly id: string;
  readonly likelihood: 'certain' | 'likely' | 'possible';
  readonly cause: string;
  /** How to distinguish this cause from the others. */
  readonly check: string;
  /** The line to look for in a server's log. */
  readonly log: string | null;
  readonly fix: string;
}
