/** What a request is waiting for, in the order in which it happens. */
export type Step = 'lookup' | 'connect' | 'proxy' | 'tls' | 'headers' | 'body';

/** Where the current attempt stands; written by whoever does the step. */
export interface Progress {
  step: Step;
  /** Whether the step concerns the proxy itself rather than the server behind it. */
  atProxy: boolean;
}

/** The dates, names and issuer of a certificate that was refused. */
export interface RefusedCertificate {
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly names: string | undefined;
  readonly validFrom: string | undefined;
  readonly validTo: string | undefined;
}

/** A connection that did not come about. undici hands it through unchanged. */
export class ConnectFailure extends Error {
  readonly step: Step;
  readonly atProxy: boolean;
  /** Of the system, OpenSSL or undici; `TIMEOUT` if the limit for connecting was reached. */
  readonly reason: string | undefined;
  readonly certificate: RefusedCertificate | undefined;
  /** What the proxy answered to CONNECT. */
  readonly proxyStatus: number | undefined;

  constructor(
    progress: Progress,
    details: {
      reason?: string | undefined;
      certificate?: RefusedCertificate | undefined;
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

/** The code of a system, OpenSSL or undici error; the first one's where several addresses failed. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) {
    const codes = error.errors.map((each: unknown) => errorCode(each));
    // An address of a family that this machine has no route for says nothing about the server.
    return codes.find((code) => code !== 'ENETUNREACH' && code !== 'EADDRNOTAVAIL') ?? codes[0];
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
