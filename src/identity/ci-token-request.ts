import type { Secret } from '../secret.ts';

/** The request to a CI system for a token, and how to read the response. */
export interface CiTokenRequest {
  /** The system's name for messages, such as `GitHub Actions`. */
  readonly title: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string | Secret])[];
  /** Sent as application/json. */
  readonly json?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * The field of the JSON response that holds the token; undefined if the body is the token itself.
   */
  readonly field?: string;
  /** A header, in lower case, that proves the response comes from the system. */
  readonly answerHeader?: readonly [name: string, value: string];
  /** The hint if the system denies the request. */
  readonly remedy: string;
  /** The hint if the server cannot be reached; default the one for any server. */
  readonly unreachable?: string;
}

/** A token and the account that it is for. */
export interface CiAccount {
  readonly token: Secret;
  /** The unique id of the account: `sub` of the token; a token without one is only as good as itself. */
  readonly id: string;
}
