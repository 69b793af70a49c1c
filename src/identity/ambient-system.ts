import { sanitize } from '../sanitize.ts';
import type { DeferredSecret, Secret } from '../secret.ts';
import type { CiAccount, CiTokenRequest } from './ci-token-request.ts';
import type { IdentitySource, SubjectTokenType } from './source.ts';

/** A CI system or platform that gives each of its jobs or machines an identity token. */
export interface AmbientSystem {
  /** The value of `--identity` that selects it. */
  readonly name: string;
  /** Its name in messages and docs. */
  readonly title: string;
  /** The documented variables that a token request needs. */
  readonly variables: readonly string[];
  /** A variable that `auto` requires in addition, for a system that needs no variables to work. */
  readonly detectVariable?: string;
  /** A variable that the system sets in every job, even in one without an identity token. */
  readonly ciMarkerVariable?: string;
  /**
   * A file that contains the token too. It is read if the variables are missing, such as in a
   * container that a job starts: by `auto` only in a job of the system.
   */
  readonly tokenFile?: string;
  /**
   * The kind of `--subject-token-…` setting that may name another place for this system's token.
   */
  readonly explicitKind?: 'env' | 'file';
  /** The request for a token, or what is read instead, for the docs. */
  readonly requestSummary: string;
  /** How long a token is valid, for the docs. */
  readonly tokenLifetime: string;
  /** Whether a job can get a second token after the first has expired. */
  readonly renewable: boolean;
  /** The URL of the system's own documentation. */
  readonly documentation: string;
  /** The subject token type that Dex expects for this token. */
  readonly tokenType: SubjectTokenType;
  /**
   * A missing requirement other than a variable, for messages; called once all variables are set.
   */
  missingBesidesVariables?(surroundings: Surroundings): string | undefined;
  /** The hint that tells what to enable so that the system issues a token. */
  remedy(surroundings: Surroundings): string;
  /**
   * Makes the identity source without sending any request.
   * @throws DexchangeError identity_unavailable, setting_not_expanded,
   *   subject_token_file_unreadable
   */
  open(surroundings: Surroundings): IdentitySource;
}

/** The environment that systems are detected in, and the functions that fetch their tokens. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The audience that a new token is requested for; undefined if nothing says it. */
  readonly audience: string | undefined;
  readonly azureServiceConnectionId: string | undefined;
  /**
   * The token in a file; undefined if the file does not exist.
   * @param unreadable the hint if the file exists but cannot be read
   * @throws DexchangeError subject_token_file_unreadable
   */
  fileToken(path: string, unreadable: string): DeferredSecret | undefined;
  /** Identifies this machine and its current boot. */
  machine(): readonly string[];
  /** Sends a token request to a CI system and returns the token. */
  requestToken(request: CiTokenRequest): Promise<Secret>;
  /** The same, and whose token it is. */
  requestAccount(request: CiTokenRequest): Promise<CiAccount>;
}

/** The audience for a hint: quoted for YAML, or a placeholder. */
export function audienceInHint({ audience = 'AUDIENCE' }: Surroundings): string {
  return JSON.stringify(sanitize(audience));
}

/** The value of a variable; undefined if it is unset or empty. */
export function variableValue(env: Surroundings['env'], name: string): string | undefined {
  return env[name] || undefined;
}
