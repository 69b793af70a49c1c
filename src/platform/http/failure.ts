import { formatDuration } from '../../duration.ts';
import { DexchangeError, type ErrorCode } from '../../errors.ts';
import type { Peer } from '../../http/message.ts';
import { classifyTlsError } from '../../http/tls-error.ts';
import { ConnectFailure, errorCode, type Progress, type Step } from './connect-failure.ts';
import type { Limits } from './limits.ts';
import type { HttpProxy } from './proxy.ts';
import { describeTlsFailure } from './tls-failure.ts';
import { hostAndPort } from './url-rules.ts';

/** What a failed attempt says to the user, and whether another one may go better. */
export interface Failure {
  readonly error: DexchangeError;
  readonly retryable: boolean;
}

/** What was going on when it failed. */
export interface Circumstances {
  readonly peer: Peer;
  readonly url: URL;
  /** The name that the certificate must have, if it is not the host of the URL. */
  readonly tlsServerName: string | undefined;
  readonly proxy: HttpProxy | undefined;
  readonly progress: Progress;
  readonly limits: Limits;
  /** From 1. */
  readonly attempt: number;
}

/** `dex at host:port`, or the same of the identity provider. */
export function peerAt(peer: Peer, url: URL): string {
  return `${peerNames[peer]} at ${hostAndPort(url)}`;
}

const peerNames: Readonly<Record<Peer, string>> = {
  dex: 'dex',
  idp: 'the identity provider',
  ci: 'the CI system',
  kubernetes: 'the Kubernetes API',
};

/** `, tried 3 times` from the second attempt on, for the end of a message. */
export function tried(attempt: number): string {
  return attempt > 1 ? ` (tried ${attempt} times)` : '';
}

/**
 * Turns an error of undici, Node or the connector into one of ours: `server_unreachable`,
 * `server_timeout`, `server_tls`, `server_too_large`, `server_nonsense` or `proxy_failed`; a `bug`
 * if it is none that a server, a network or a proxy can cause.
 */
export function describeFailure(thrown: unknown, at: Circumstances): Failure {
  if (thrown instanceof DexchangeError) return final(thrown);
  if (thrown instanceof ConnectFailure) {
    if (thrown.atProxy && at.proxy !== undefined) return proxyFailure(thrown, at.proxy, at);
    return connectionFailure(thrown.reason, thrown.step, thrown, at);
  }
  return connectionFailure(errorCode(thrown), at.progress.step, thrown, at);
}

/** The whole call took too long: says what was being waited for. */
export function deadlineFailure(totalMs: number, at: Circumstances): DexchangeError {
  const via =
    at.progress.atProxy && at.proxy !== undefined ? ` through ${proxyName(at.proxy)}` : '';
  return new DexchangeError(
    'server_timeout',
    `${peerAt(at.peer, at.url)}${via}: the timeout of ${formatDuration(totalMs)} is over while ${doing[at.progress.step]}${tried(at.attempt)}`,
    { hint: 'find out why it is so slow, or raise --timeout' },
  );
}

const doing: Record<Step, string> = {
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
  at: Circumstances,
): Failure {
  const who = peerAt(at.peer, at.url);
  const again = tried(at.attempt);
  const fail = (kind: ErrorCode, message: string, hint: string): Failure => ({
    error: new DexchangeError(kind, message, { hint, cause }),
    retryable: code !== undefined && retryableCodes.has(code),
  });

  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail(
        'server_unreachable',
        `${who}: the name does not resolve (${code})${again}`,
        `check the host ${inSetting(at)}, and the DNS of the machine this runs on`,
      );
    case 'ECONNREFUSED':
      return fail(
        'server_unreachable',
        `${who} refused the connection${again}`,
        `check the host and port ${inSetting(at)}, and that the server is up`,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return fail(
        'server_unreachable',
        `${who}: there is no route to it (${code})${again}`,
        'check the network of this machine, or name a proxy in HTTPS_PROXY',
      );
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return fail(
        'server_unreachable',
        `${who} closed the connection ${step === 'tls' ? 'in the TLS handshake' : step === 'body' ? 'in the middle of its response' : 'without a response'}${again}`,
        'look into the log of the server and of what stands before it (ingress, firewall)',
      );
    case 'TIMEOUT':
    case 'ETIMEDOUT':
      return fail(
        'server_timeout',
        `${who}: still ${doing[step]} after ${formatDuration(at.limits.connectMs)}${again}`,
        'check that a firewall lets this machine through, or name a proxy in HTTPS_PROXY',
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return fail(
        'server_timeout',
        `${who}: no response after ${formatDuration(at.limits.headersMs)}`,
        'look into its log: it took the request and did not answer',
      );
    case 'UND_ERR_BODY_TIMEOUT':
      return fail(
        'server_timeout',
        `${who}: its response stopped half way for ${formatDuration(at.limits.bodyIdleMs)}`,
        'look into the log of the server and of what stands before it',
      );
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fail(
        'server_too_large',
        `${who}: its response is larger than anything expected`,
        `check ${inSetting(at)}: this is probably another server`,
      );
  }
  if (isParserError(cause) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    const plain = at.url.protocol === 'http:';
    return fail(
      'server_nonsense',
      `${who} does not answer in HTTP/1.1`,
      plain ? 'it may want https' : `check the port ${inSetting(at)}`,
    );
  }
  const failed = cause instanceof ConnectFailure ? cause : undefined;
  if (classifyTlsError(code) !== undefined || (step === 'tls' && failed !== undefined)) {
    const { message, hint } = describeTlsFailure(code, {
      hostname: at.tlsServerName ?? at.url.hostname,
      inSetting: inSetting(at),
      authorityHint: authorityHints[at.peer],
      takesClientCertificate: at.peer !== 'idp' && at.peer !== 'ci',
      certificate: failed?.certificate,
    });
    return final(new DexchangeError('server_tls', `${who}: ${message}`, { hint, cause }));
  }
  if (failed !== undefined) {
    return fail(
      'server_unreachable',
      `${who}: no connection (${code ?? 'unknown reason'})`,
      'check the network of this machine',
    );
  }
  return final(new DexchangeError('bug', `internal error while asking ${who}`, { cause }));
}

function proxyFailure(failure: ConnectFailure, proxy: HttpProxy, at: Circumstances): Failure {
  const who = proxyName(proxy);
  const { reason, proxyStatus } = failure;
  const target = hostAndPort(at.url);
  const again = tried(at.attempt);
  const fail = (message: string, hint: string, retryable: boolean): Failure => ({
    error: new DexchangeError('proxy_failed', `${who} ${message}`, { hint, cause: failure }),
    retryable,
  });
  const bypass = `name ${at.url.hostname} in NO_PROXY if it can be reached directly`;

  if (proxyStatus === 407) return proxyWantsPassword(proxy, failure);
  if (proxyStatus !== undefined) {
    const retryable = proxyStatus >= 502 && proxyStatus <= 504;
    return fail(`refused to connect to ${target} (${proxyStatus})${again}`, bypass, retryable);
  }
  const retryable = reason !== undefined && retryableCodes.has(reason);
  if (reason === 'TIMEOUT' || reason === 'ETIMEDOUT') {
    const waited = formatDuration(at.limits.connectMs);
    return fail(`is still ${doing[failure.step]} after ${waited}${again}`, bypass, retryable);
  }
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') {
    return fail(`does not resolve (${reason})${again}`, `check ${proxy.variable}`, retryable);
  }
  if (reason === 'ECONNREFUSED') {
    return fail(`refused the connection${again}`, `check ${proxy.variable}`, retryable);
  }
  const problem = classifyTlsError(reason);
  if (problem !== undefined || failure.step === 'tls') {
    const { message } = describeTlsFailure(reason, {
      hostname: proxy.url.hostname,
      inSetting: inSetting(at),
      authorityHint: `check ${proxy.variable}`,
      takesClientCertificate: false,
      certificate: failure.certificate,
    });
    const hint =
      problem === 'issuer-unknown'
        ? 'pass the CA of the proxy with --certificate-authority'
        : `check ${proxy.variable}`;
    return fail(`cannot be trusted: ${message}`, hint, retryable);
  }
  if (retryable) {
    return fail(`closed the connection instead of connecting to ${target}${again}`, bypass, true);
  }
  return fail(`does not answer like a proxy (${reason ?? 'no reason'})`, bypass, false);
}

/** The answer 407 of a proxy: to CONNECT, or to a plain request sent through it. */
export function proxyWantsPassword(proxy: HttpProxy, cause?: unknown): Failure {
  const refused = proxy.authorization !== undefined;
  const message = refused
    ? 'does not accept the user name and password in it (407)'
    : 'wants a user name and password (407)';
  const hint = refused
    ? `correct them in ${proxy.variable}; what is not a letter or digit must be percent-encoded`
    : `write them into ${proxy.variable} as http://user:password@host:port`;
  return final(
    new DexchangeError('proxy_failed', `${proxyName(proxy)} ${message}`, { hint, cause }),
  );
}

function proxyName(proxy: HttpProxy): string {
  return `the proxy ${hostAndPort(proxy.url)} from ${proxy.variable}`;
}

function final(error: DexchangeError): Failure {
  return { error, retryable: false };
}

function inSetting(at: Circumstances): string {
  return settingNames[at.peer];
}

const settingNames: Readonly<Record<Peer, string>> = {
  dex: 'in --dex-url',
  idp: "of the identity provider's URL",
  ci: "of the CI system's URL",
  kubernetes: "in the cluster's server of the kubeconfig, or in --server",
};

const passAuthority = 'pass the CA that signed it with --certificate-authority FILE';

const authorityHints: Readonly<Record<Peer, string>> = {
  dex: passAuthority,
  idp: passAuthority,
  ci: passAuthority,
  kubernetes:
    'put the CA that signed it into certificate-authority-data of the cluster entry in the kubeconfig',
};

/** By name, as undici 8.12 leaves its code undefined. */
function isParserError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Its assertions fail for what it takes for impossible, such as a status of 000.
  return (
    error.name === 'HTTPParserError' || (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION'
  );
}
