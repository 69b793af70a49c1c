import { formatDuration } from '../../duration.ts';
import { bugError, DexchangeError, type ErrorCode } from '../../errors.ts';
import type { Peer } from '../../http/message.ts';
import { classifyTlsError } from '../../http/tls-error.ts';
import { ConnectFailure, errorCode, type Progress, type Step } from './connect-failure.ts';
import type { Limits } from './limits.ts';
import { authorityHints, peerAt, settingOfUrl } from './peer-names.ts';
import type { HttpProxy } from './proxy.ts';
import { describeTlsFailure } from './tls-failure.ts';
import { hostAndPort } from './url-rules.ts';

/** The error of a failed attempt, and whether a retry can succeed. */
export interface Failure {
  readonly error: DexchangeError;
  readonly retryable: boolean;
}

/** The attempt that failed. */
export interface AttemptContext {
  readonly peer: Peer;
  readonly url: URL;
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

/**
 * Converts an error of undici, Node or the connector to a DexchangeError: `server_unreachable`,
 * `server_timeout`, `server_tls`, `server_too_large`, `server_nonsense` or `proxy_failed`; `bug` for
 * an error that a server, network or proxy cannot cause.
 */
export function describeFailure(thrown: unknown, context: AttemptContext): Failure {
  if (thrown instanceof DexchangeError) return notRetryable(thrown);
  if (thrown instanceof ConnectFailure) {
    if (thrown.atProxy && context.proxy !== undefined)
      return proxyFailure(thrown, context.proxy, context);
    return connectionFailure(thrown.reason, thrown.step, thrown, context);
  }
  return connectionFailure(errorCode(thrown), context.progress.step, thrown, context);
}

/** The error if the deadline of the whole call has passed; names the current step. */
export function deadlineFailure(totalMs: number, context: AttemptContext): DexchangeError {
  const via =
    context.progress.atProxy && context.proxy !== undefined
      ? ` through ${proxyName(context.proxy)}`
      : '';
  return new DexchangeError(
    'server_timeout',
    `${peerAt(context.peer, context.url)}${via}: the timeout of ${formatDuration(totalMs)} expired while ${stepPhrases[context.progress.step]}${attemptsSuffix(context.attempt)}`,
    { hint: 'check why the server is slow, or raise --timeout' },
  );
}

const stepPhrases: Record<Step, string> = {
  lookup: 'resolving the name',
  connect: 'connecting',
  proxy: 'waiting for the proxy to connect',
  tls: 'in the TLS handshake',
  headers: 'waiting for the response',
  body: 'reading the response',
};

const retryableCodes = new Set([
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

function connectionFailure(
  code: string | undefined,
  step: Step,
  cause: unknown,
  context: AttemptContext,
): Failure {
  const who = peerAt(context.peer, context.url);
  const attempts = attemptsSuffix(context.attempt);
  const fail = (kind: ErrorCode, message: string, hint: string): Failure => ({
    error: new DexchangeError(kind, message, { hint, cause }),
    retryable: code !== undefined && retryableCodes.has(code),
  });

  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail(
        'server_unreachable',
        `${who}: the name does not resolve (${code})${attempts}`,
        `check the host ${settingOfUrl[context.peer]}, and the DNS of this machine`,
      );
    case 'ECONNREFUSED':
      return fail(
        'server_unreachable',
        `${who} refused the connection${attempts}`,
        `check the host and port ${settingOfUrl[context.peer]}, and whether the server is running`,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return fail(
        'server_unreachable',
        `${who}: no route to the host (${code})${attempts}`,
        'check the network of this machine, or set HTTPS_PROXY to a proxy',
      );
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return fail(
        'server_unreachable',
        `${who} closed the connection ${step === 'tls' ? 'in the TLS handshake' : step === 'body' ? 'before the end of its response' : 'without a response'}${attempts}`,
        'check the logs of the server and of any ingress or firewall in front of it',
      );
    case 'TIMEOUT':
    case 'ETIMEDOUT':
      return fail(
        'server_timeout',
        `${who}: still ${stepPhrases[step]} after ${formatDuration(context.limits.connectMs)}${attempts}`,
        'check whether a firewall blocks this machine, or set HTTPS_PROXY to a proxy',
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return fail(
        'server_timeout',
        `${who}: no response after ${formatDuration(context.limits.headersMs)}`,
        'check the log of the server: it accepted the request, but did not respond',
      );
    case 'UND_ERR_BODY_TIMEOUT':
      return fail(
        'server_timeout',
        `${who}: its response stopped for ${formatDuration(context.limits.bodyIdleMs)}`,
        'check the logs of the server and of any ingress in front of it',
      );
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fail(
        'server_too_large',
        `${who}: its response is too large`,
        `check the host and port ${settingOfUrl[context.peer]}: this is probably another server`,
      );
  }
  if (isParserError(cause) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    const plain = context.url.protocol === 'http:';
    return fail(
      'server_nonsense',
      `${who} does not respond in HTTP/1.1`,
      plain
        ? 'check whether the server requires https'
        : `check the port ${settingOfUrl[context.peer]}`,
    );
  }
  const failed = cause instanceof ConnectFailure ? cause : undefined;
  if (classifyTlsError(code) !== undefined || (step === 'tls' && failed !== undefined)) {
    const { message, hint } = describeTlsFailure(code, {
      hostname: context.tlsServerName ?? context.url.hostname,
      inSetting: settingOfUrl[context.peer],
      authorityHint: authorityHints[context.peer],
      takesClientCertificate: context.peer !== 'idp' && context.peer !== 'ci',
      certificate: failed?.certificate,
    });
    return notRetryable(new DexchangeError('server_tls', `${who}: ${message}`, { hint, cause }));
  }
  if (failed !== undefined) {
    return fail(
      'server_unreachable',
      `${who}: cannot connect (${code ?? 'unknown reason'})`,
      'check the network of this machine',
    );
  }
  return notRetryable(bugError(`internal error in a request to ${who}`, cause));
}

function proxyFailure(failure: ConnectFailure, proxy: HttpProxy, context: AttemptContext): Failure {
  const who = proxyName(proxy);
  const { reason, proxyStatus } = failure;
  const target = hostAndPort(context.url);
  const attempts = attemptsSuffix(context.attempt);
  const fail = (message: string, hint: string, retryable: boolean): Failure => ({
    error: new DexchangeError('proxy_failed', `${who} ${message}`, { hint, cause: failure }),
    retryable,
  });
  const host = context.url.hostname;
  const bypass = proxy.obeysNoProxy
    ? `add ${host} to NO_PROXY if it can be reached directly`
    : `remove ${proxy.variable} if ${host} can be reached directly`;

  if (proxyStatus === 407) return proxyAuthFailure(proxy, failure);
  if (proxyStatus !== undefined) {
    const retryable = proxyStatus >= 502 && proxyStatus <= 504;
    return fail(
      `denied the connection to ${target} (${proxyStatus})${attempts}`,
      bypass,
      retryable,
    );
  }
  const retryable = reason !== undefined && retryableCodes.has(reason);
  if (reason === 'TIMEOUT' || reason === 'ETIMEDOUT') {
    const waited = formatDuration(context.limits.connectMs);
    return fail(
      `is still ${stepPhrases[failure.step]} after ${waited}${attempts}`,
      bypass,
      retryable,
    );
  }
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') {
    return fail(`does not resolve (${reason})${attempts}`, `check ${proxy.variable}`, retryable);
  }
  if (reason === 'ECONNREFUSED') {
    return fail(`refused the connection${attempts}`, `check ${proxy.variable}`, retryable);
  }
  const problem = classifyTlsError(reason);
  if (problem !== undefined || failure.step === 'tls') {
    const { message } = describeTlsFailure(reason, {
      hostname: proxy.url.hostname,
      inSetting: settingOfUrl[context.peer],
      authorityHint: `check ${proxy.variable}`,
      takesClientCertificate: false,
      certificate: failure.certificate,
    });
    const hint =
      problem === 'issuer-unknown'
        ? 'pass the CA of the proxy with --certificate-authority'
        : `check ${proxy.variable}`;
    return fail(`is not trusted: ${message}`, hint, retryable);
  }
  if (retryable) {
    return fail(`closed the connection to ${target}${attempts}`, bypass, true);
  }
  return fail(`does not respond like a proxy (${reason ?? 'no reason'})`, bypass, false);
}

/** The failure if a proxy answers 407 to CONNECT or to a plain-HTTP request. */
export function proxyAuthFailure(proxy: HttpProxy, cause?: unknown): Failure {
  const rejected = proxy.authorization !== undefined;
  const message = rejected
    ? 'does not accept its user name and password (407)'
    : 'requires a user name and password (407)';
  const hint = rejected
    ? `correct them in ${proxy.variable}; percent-encode all special characters`
    : `add them to ${proxy.variable}: http://user:password@host:port`;
  return notRetryable(
    new DexchangeError('proxy_failed', `${proxyName(proxy)} ${message}`, { hint, cause }),
  );
}

function proxyName(proxy: HttpProxy): string {
  return `the proxy ${hostAndPort(proxy.url)} from ${proxy.variable}`;
}

function notRetryable(error: DexchangeError): Failure {
  return { error, retryable: false };
}

/** Compares the name, because undici 8.12 does not set the code. */
function isParserError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // undici fails with assertions on some invalid input, such as a status of 000.
  return (
    error.name === 'HTTPParserError' || (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION'
  );
}
