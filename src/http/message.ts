import type { Secret } from '../secret.ts';

/** The kinds of server that requests go to. */
export type Peer = 'dex' | 'idp' | 'ci' | 'kubernetes';

/**
 * One HTTP request as plain data: pure functions build it, the platform sends it, `--explain` shows
 * it. Secrets in it are of type Secret.
 */
export interface OutgoingRequest {
  /**
   * Decides which TLS settings apply: only Dex and the API can have a client certificate or
   * unverified TLS.
   */
  readonly peer: Peer;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string | Secret])[];
  /** The body as application/json; a request has `json` or `form`, not both. */
  readonly json?: unknown;
  /** The body as application/x-www-form-urlencoded, with the fields in this order. */
  readonly form?: readonly (readonly [name: string, value: string | Secret])[];
}

/** One HTTP response with any status; header names are in lower case, the body has limited size. */
export interface IncomingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one request and returns its response, whatever the status.
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export type Send = (request: OutgoingRequest) => Promise<IncomingResponse>;
