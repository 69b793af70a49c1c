import { formatDuration } from '../../duration.ts';
import { bugError, DexchangeError, type ErrorCode } from '../../errors.ts';
import { classifyTlsError } from '../../http/tls-error.ts';
import {
  type AttemptContext,
  attemptsSuffix,
  type Failure,
  notRetryable,
  retryableCodes,
  stepPhrases,
} from './attempt.ts';
import { ConnectFailure, errorCode, type Step } from './connect-failure.ts';
import { authorityHints, peerAt } from './peer-names.ts';
import { proxyFailure, proxyName } from './proxy-failure.ts';
import { describeTlsFailure } from './tls-failure.ts';

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

  if (context.progress.switchedProtocols) {
    const error = new DexchangeError(
      'server_nonsense',
      `${who} answered 101 and switched to another protocol, which the request did not ask for`,
      {
        hint: `check the host and port ${context.inSetting}: this is another server`,
        cause,
      },
    );
    return notRetryable(error);
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail(
        'server_unreachable',
        `${who}: the name does not resolve (${code})${attempts}`,
        `check the host ${context.inSetting}, and the DNS of this machine`,
      );
    case 'ECONNREFUSED':
      return fail(
        'server_unreachable',
        `${who} refused the connection${attempts}`,
        `check the host and port ${context.inSetting}, and whether the server is running`,
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
        `check the logs of the server and of any ingress or firewall in front of it${context.url.protocol === 'http:' ? ', and whether it requires https' : ''}`,
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
        `check the host and port ${context.inSetting}: this is probably another server`,
      );
  }
  if (isParserError(cause) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    const plain = context.url.protocol === 'http:';
    return fail(
      'server_nonsense',
      `${who} does not respond in HTTP/1.1`,
      plain ? 'check whether the server requires https' : `check the port ${context.inSetting}`,
    );
  }
  const failed = cause instanceof ConnectFailure ? cause : undefined;
  if (classifyTlsError(code) !== undefined || (step === 'tls' && failed !== undefined)) {
    const { message, hint } = describeTlsFailure(code, {
      hostname: context.tlsServerName ?? context.url.hostname,
      inSetting: context.inSetting,
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

/** Compares the name, because undici 8.12 does not set the code. */
function isParserError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // undici fails with assertions on some invalid input, such as a status of 000.
  return (
    error.name === 'HTTPParserError' || (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION'
  );
}
