import type { DexchangeError } from '../errors.ts';
import type { Traffic } from './run-record.ts';

/** What the API server was asked about a credential, and what it said. */
export interface ApiRecord {
  /** Its URL, and where that came from in words. */
  readonly server: string;
  readonly from: string;
  readonly traffic: readonly Traffic[];
  /** Why there is no answer. */
  readonly error?: DexchangeError;
  /** The status of its answer to SelfSubjectReview; 201 is success. */
  readonly status?: number;
  /** What it said with a refusal. */
  readonly message?: string;
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
  readonly access?: {
    readonly verb: string;
    readonly resource: string;
    readonly allowed: boolean;
    readonly reason: string;
  };
}
