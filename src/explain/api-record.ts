import type { DexchangeError } from '../errors.ts';
import type { Traffic } from './run-record.ts';

/** The requests to the API server about a credential, and their result. */
export interface ApiRecord {
  /** The URL, and the place that named it, such as `--server` or `context ci`. */
  readonly server: string;
  readonly from: string;
  readonly traffic: readonly Traffic[];
  /** The failure, if there is no response. */
  readonly error?: DexchangeError;
  /** The HTTP status of SelfSubjectReview; 201 is success. */
  readonly status?: number;
  /** The message of an error response. */
  readonly message?: string;
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
  readonly access?: {
    readonly verb: string;
    readonly resource: string;
    readonly allowed: boolean;
    readonly reason: string;
  };
}
