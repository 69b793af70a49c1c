/** The limits of one attempt; the deadline of the whole call also applies. */
export interface Limits {
  /** From the name lookup to the end of the TLS handshake, including the proxy. */
  readonly connectMs: number;
  /** From the request to the last response header, while Dex sends a request to the IdP. */
  readonly headersMs: number;
  /** Between two chunks of the body. */
  readonly bodyIdleMs: number;
  readonly bodyBytes: number;
  /** The same for the Kubernetes API, which can list hundreds of Secrets in one response. */
  readonly kubernetesBodyBytes: number;
  /** The maximum wait before the second attempt; twice as long before the third. */
  readonly firstBackoffMs: number;
}

/** The limits outside of tests. */
export const defaultLimits: Limits = {
  connectMs: 10_000,
  headersMs: 20_000,
  bodyIdleMs: 10_000,
  bodyBytes: 1024 * 1024,
  kubernetesBodyBytes: 16 * 1024 * 1024,
  firstBackoffMs: 300,
};
