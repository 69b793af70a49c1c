import { formatDuration } from '../../duration.ts';
import { DexchangeError } from '../../errors.ts';
import { classifyTlsError } from '../../http/tls-error.ts';
import {
  type AttemptContext,
  attemptsSuffix,
  type Failure,
  notRetryable,
  retryableCodes,
  stepPhrases,
} from './attempt.ts';
import type { ConnectFailure } from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';
import { describeTlsFailure } from './tls-failure.ts';
import { hostAndPort } from './url-rules.ts';

/** The failure of connecting to a proxy, or of the tunnel that it opens: `proxy_failed`. */
export function proxyFailure(
  failure: ConnectFailure,
  proxy: HttpProxy,
  context: AttemptContext,
): Failure {
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
  const socks = socksFailure(reason, proxy);
  if (socks !== undefined) {
    return fail(socks.message(target), socks.hint ?? bypass, false);
  }
  if (proxyStatus === 400 && proxy.url.protocol === 'http:') {
    return fail(
      `denied the connection to ${target} (400)`,
      `check scheme and port in ${proxy.variable}: ${otherSchemes(proxy)}`,
      false,
    );
  }
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
      inSetting: context.inSetting,
      authorityHint: `check ${proxy.variable}`,
      takesClientCertificate: false,
      certificate: failure.certificate,
    });
    const hint =
      problem === 'issuer-unknown'
        ? 'pass the CA of the proxy with --dex-certificate-authority'
        : failure.certificate === undefined
          ? `check scheme and port in ${proxy.variable}: ${otherSchemes(proxy)}`
          : `check ${proxy.variable}`;
    return fail(`is not trusted: ${message}`, hint, retryable);
  }
  if (retryable) {
    return fail(`closed the connection to ${target}${attempts}`, bypass, true);
  }
  return fail(
    `does not respond like a proxy (${reason ?? 'no reason'})`,
    `check scheme and port in ${proxy.variable}: ${otherSchemes(proxy)}`,
    false,
  );
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

/** Names a proxy in messages, without its user info. */
export function proxyName(proxy: HttpProxy): string {
  return `the proxy ${hostAndPort(proxy.url)} from ${proxy.variable}`;
}

/** The replies of a SOCKS5 proxy that deny a connection (RFC 1928, section 6). */
const socksReplies: Readonly<Record<string, string>> = {
  '1': 'general failure',
  '2': 'not allowed by its rules',
  '3': 'network unreachable',
  '4': 'host unreachable',
  '5': 'connection refused',
  '6': 'TTL expired',
  '7': 'command not supported',
  '8': 'address type not supported',
};

/**
 * The message and the hint for a code of undici's SOCKS client; undefined for other codes. Without a
 * hint, the target should be reached without the proxy.
 */
function socksFailure(
  reason: string | undefined,
  { login, variable }: HttpProxy,
): { readonly message: (target: string) => string; readonly hint?: string } | undefined {
  const code = /^UND_ERR_SOCKS5_(.*)$/.exec(reason ?? '')?.[1];
  if (code === undefined) return undefined;
  const reply = /^REPLY_(\d+)$/.exec(code)?.[1];
  if (reply !== undefined) {
    const text = socksReplies[reply] ?? `reply ${reply}`;
    return { message: (target) => `denied the connection to ${target} (${text})` };
  }
  if (code === 'AUTH_FAILED' || code === 'AUTH_REJECTED' || code === 'AUTH_METHOD') {
    return login === undefined
      ? {
          message: () => 'requires a user name and password',
          hint: `add them to ${variable}: socks5://user:password@host:port`,
        }
      : {
          message: () => 'does not accept its user name and password',
          hint: `correct them in ${variable}; percent-encode all special characters`,
        };
  }
  return {
    message: () => 'does not respond like a SOCKS5 proxy',
    hint: `check scheme and port in ${variable}: an HTTP proxy needs http:// or https://`,
  };
}

function otherSchemes({ url }: HttpProxy): string {
  return url.protocol === 'https:'
    ? 'a proxy without TLS needs http://, a SOCKS proxy socks5://'
    : 'a proxy with TLS needs https://, a SOCKS proxy socks5://';
}
