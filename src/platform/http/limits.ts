/** What one attempt may take, and the wait for the next, below the deadline of the whole call. */
export interface Limits {
  /** From the name to the end of the TLS handshake, the proxy included. */
  readonly connectMs: number;
  /** From the request to the last response header; Dex asks the IdP in this time. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly bodyIdleMs: number;
  readonly bodyBytes: number;
  /** At most, before the second attempt; twice that before the third. */
  readonly firstBackoffMs: number;
}

export const defaultLimits: Limits = {
  connectMs: 10_000,
  headersMs: 20_000,
  bodyIdleMs: 10_000,
  bodyBytes: 1024 * 1024,
  firstBackoffMs: 300,
};
