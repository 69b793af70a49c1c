import type { DexchangeError } from '../../errors.ts';
import type { Peer } from '../../http/message.ts';
import type { Progress, Step } from './connect-failure.ts';
import type { Limits } from './limits.ts';
import type { HttpProxy } from './proxy.ts';

/** The error of a failed attempt, and whether a retry can succeed. */
export interface Failure {
  readonly error: DexchangeError;
  readonly retryable: boolean;
}

/** The attempt that failed. */
export interface AttemptContext {
  readonly peer: Peer;
  readonly url: URL;
  /** Where a user corrects the URL; continues a sentence: `in --dex-url`. */
  readonly inSetting: string;
  /** The name that the certificate must have, if it is not the host of the URL. */
  readonly tlsServerName: string | undefined;
  readonly proxy: HttpProxy | undefined;
  readonly progress: Progress;
  readonly limits: Limits;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** ` (tried 3 times)` for the end of a message; empty for the first attempt. */
export function attemptsSuffix(attempt: number): string {
  return attempt > 1 ? ` (tried ${attempt} times)` : '';
}

/** The steps as the end of a message: `still connecting`. */
export const stepPhrases: Record<Step, string> = {
  lookup: 'resolving the name',
  connect: 'connecting',
  proxy: 'waiting for the proxy to connect',
  tls: 'in the TLS handshake',
  headers: 'waiting for the response',
  body: 'reading the response',
};

/** The codes of system and undici errors after which a retry can succeed. */
export const retryableCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'TIMEOUT',
]);

/** A failure with this error that no retry can avoid. */
export function notRetryable(error: DexchangeError): Failure {
  return { error, retryable: false };
}
