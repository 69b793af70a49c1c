import type { DeferredSecret } from '../deferred-secret.ts';
import type { Secret } from '../secret.ts';
import type { CiTokenRequest } from './ci-token-request.ts';
import type { IdentitySource, SubjectTokenType } from './source.ts';

/** A system that gives whatever it runs an identity of its own. */
export interface AmbientSystem {
  /** As `--identity` takes it. */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** The documented variables it cannot do without. */
  readonly variables: readonly string[];
  /** A variable that `auto` wants to see besides, where the system works without any. */
  readonly sign?: string;
  /** Set by the system in every job: tells that it is there although it gave no token. */
  readonly marker?: string;
  /** Which of the `subject-token-…` settings may name the place of the token instead. */
  readonly place?: 'env' | 'file';
  /** What it is asked for, or what is read. */
  readonly asks: string;
  /** How long a token lives. */
  readonly life: string;
  /** Whether a job can get a second token when the first has expired. */
  readonly renewable: boolean;
  /** Where the system describes this. */
  readonly documentation: string;
  /** What Dex must take the token for. */
  readonly tokenType: SubjectTokenType;
  /** What it lacks besides variables, in words; called only when the variables are there. */
  alsoLacks?(surroundings: Surroundings): string | undefined;
  /** What to enable so that the system gives a token. */
  remedy(surroundings: Surroundings): string;
  /**
   * The source, without asking anybody.
   * @throws DexchangeError identity_unavailable, setting_not_expanded, subject_token_file_unreadable
   */
  open(surroundings: Surroundings): IdentitySource;
}

/** What a system is found by and asked with. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whom a token is minted for. */
  readonly audience: string;
  readonly azureServiceConnectionId: string | undefined;
  /**
   * The token in a file that may not be there.
   * @throws DexchangeError subject_token_file_unreadable if it is there and cannot be read
   */
  projectedToken(path: string): DeferredSecret | undefined;
  /** What tells this machine, and this boot of it, from every other. */
  machine(): readonly string[];
  /** Mints a token; see `CiTokenRequest`. */
  requestToken(request: CiTokenRequest): Promise<Secret>;
}

/** A variable's value, or undefined if it is absent or empty. */
export function present(env: Surroundings['env'], name: string): string | undefined {
  return env[name] || undefined;
}
