import type { DexchangeError } from '../errors.ts';
import type { CurlTrust } from './curl.ts';
import type { Traffic } from './run-record.ts';

/** The requests to the API server about a credential, and their result. */
export interface ApiRecord {
  /** The URL, and the place that named it, such as `--server` or `context ci`. */
  readonly server: string;
  readonly from: string;
  /** The cluster entry of the kubeconfig with that URL, if it is from one. */
  readonly cluster?: string;
  /** How curl verifies it. */
  readonly trust?: CurlTrust;
  readonly traffic: readonly Traffic[];
  /** The failure, if there is no response. */
  readonly error?: DexchangeError;
  /** The HTTP status of SelfSubjectReview; 201 is success. */
  readonly status?: number;
  /** The message of an error response. */
  readonly message?: string;
  /** What another server than kube-apiserver answered with: `an HTML page titled "Sign in"`. */
  readonly foreign?: string;
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
  /** The answers to `--can-i`, in its order. */
  readonly access?: readonly AccessAnswer[];
  /** What the user may do at all, if `--can-i` asks for nothing. */
  readonly permissions?: Permissions;
}

/** Whether the user is allowed to do one thing. */
export interface AccessAnswer {
  readonly verb: string;
  readonly resource: string;
  /** Undefined if the API server did not decide. */
  readonly allowed: boolean | undefined;
  /** In the words of the server, or ''. */
  readonly reason: string;
}

/** Whether RBAC grants the user anything in a namespace, beyond what every user may do. */
export interface Permissions {
  readonly namespace: string;
  /**
   * `unlisted`: no rule is listed and reading pods is not allowed, but an authorizer that lists no
   * rules may allow something else. `unknown`: the API server did not answer the question.
   */
  readonly granted: 'some' | 'none' | 'unlisted' | 'unknown';
  /** Why the answer is not certain, in the words of the server, or ''. */
  readonly reason: string;
}
