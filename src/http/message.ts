import type { Secret } from '../secret.ts';

/** The kinds of server we talk to. */
export type Peer = 'dex' | 'idp' | 'ci' | 'kubernetes';

/**
 * One HTTP request to a server of the identity chain, as plain data: built by pure functions,
 * sent by the platform, shown by `--explain`. What is secret in it is a Secret.
 */
export interface OutgoingRequest {
  /** Whose trust settings apply: client certificate and skipped verification are for Dex and the API. */
  readonly peer: Peer;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string | Secret])[];
  /** Sent as application/json; `form` or this, not both. */
  readonly json?: unknown;
  /** Sent as application/x-www-form-urlencoded, in this order. */
  readonly form?: readonly (readonly [name: string, value: string | Secret])[];
}

/** What came back: any status; header names in lower case; the body whole and bounded. */
export interface IncomingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request; throws a DexchangeError of a `server_*`, `proxy_*` or `url_*` code. */
export type Send = (request: OutgoingRequest) => Promise<IncomingResponse>;
