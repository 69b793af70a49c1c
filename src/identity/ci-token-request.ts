import type { Secret } from '../secret.ts';

/** How a system is asked for a token, and how its answer is to be read. */
export interface CiTokenRequest {
  /** Who is asked, for messages: `GitHub Actions`. */
  readonly title: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string | Secret])[];
  /** Sent as application/json. */
  readonly json?: Readonly<Record<string, string>>;
  /** The field of the JSON answer that holds the token; without it the whole body is the token. */
  readonly field?: string;
  /** A header, in lower case, without which the answer is somebody else's. */
  readonly answerHeader?: readonly [name: string, value: string];
  /** The system's own remedy where it refuses. */
  readonly remedy: string;
  /** What it means if nobody is there; default what is true of any server. */
  readonly unreachable?: string;
}
