/** The steps of a request, in order. */
export type Step = 'lookup' | 'connect' | 'proxy' | 'tls' | 'headers' | 'body';

/** The current step of an attempt; each step updates it. */
export interface Progress {
  step: Step;
  /** Whether the peer of the step is the proxy, not the server behind it. */
  atProxy: boolean;
  /** Whether the server answered 101 (Switching Protocols). */
  switchedProtocols?: boolean;
}

/** The names, issuer and dates of a certificate that was rejected. */
export interface RejectedCertificate {
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly names: string | undefined;
  readonly validFrom: string | undefined;
  readonly validTo: string | undefined;
}

/** A failure to connect. undici passes it on unchanged. */
export class ConnectFailure extends Error {
  readonly step: Step;
  readonly atProxy: boolean;
  /** The error code of the system, OpenSSL or undici; `TIMEOUT` if connecting took too long. */
  readonly reason: string | undefined;
  readonly certificate: RejectedCertificate | undefined;
  /** The status of the response of the proxy to CONNECT. */
  readonly proxyStatus: number | undefined;

  constructor(
    progress: Progress,
    details: {
      reason?: string | undefined;
      certificate?: RejectedCertificate | undefined;
      proxyStatus?: number;
      cause?: unknown;
    },
  ) {
    super('connection failed', { cause: details.cause });
    this.step = progress.step;
    this.atProxy = progress.atProxy;
    this.reason = details.reason;
    this.certificate = details.certificate;
    this.proxyStatus = details.proxyStatus;
  }
}

/** The code of a system, OpenSSL or undici error; if several addresses failed, the first code. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) {
    const codes = error.errors.map((each: unknown) => errorCode(each));
    // Skip addresses of a family (IPv4, IPv6) that this machine cannot route.
    return codes.find((code) => code !== 'ENETUNREACH' && code !== 'EADDRNOTAVAIL') ?? codes[0];
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
