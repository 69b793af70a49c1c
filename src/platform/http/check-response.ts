import { formatDuration } from '../../duration.ts';
import { DexchangeError } from '../../errors.ts';
import { describeBody, isHtml } from '../../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest } from '../../http/message.ts';
import { secretsIn } from '../../http/request-secrets.ts';
import { redactionOf } from '../../redaction.ts';
import { sanitize } from '../../sanitize.ts';
import { type AttemptContext, attemptsSuffix, type Failure, notRetryable } from './attempt.ts';
import type { RawResponse } from './exchange.ts';
import { peerAt } from './peer-names.ts';
import { forwardingProxy } from './proxy.ts';
import { proxyAuthFailure } from './proxy-failure.ts';
import { retryAfterMs as readRetryAfter } from './retry.ts';
import { wrongResponderError } from './wrong-responder.ts';

/** The result of one attempt: a response to return, or a failure. */
export type AttemptResult =
  | IncomingResponse
  | {
      readonly failure: Failure;
      /** The wait that the server requested, in milliseconds. */
      readonly retryAfterMs?: number;
    };

/**
 * Checks the status and the headers of a response.
 * @param nowMs the local time in milliseconds since the epoch
 * @param remainingMs the time until the deadline, to compare with Retry-After
 * @returns a failure for a redirect, for 304, for 429, for 502-504, for 407 of a proxy, for a compressed body, and
 *   for a response of something in front of the server
 */
export function checkResponse(
  response: RawResponse,
  request: OutgoingRequest,
  context: AttemptContext,
  nowMs: number,
  remainingMs: number,
): AttemptResult {
  const { status, headers } = response;
  const who = peerAt(context.peer, context.url);
  const forwarding = forwardingProxy(context.proxy, context.url);
  if (status === 407 && forwarding !== undefined) {
    return { failure: proxyAuthFailure(forwarding) };
  }
  const misplaced = wrongResponderError(response, request, context);
  if (misplaced !== undefined) return { failure: notRetryable(misplaced) };
  if (status === 304) return { failure: notRetryable(notModifiedError(context)) };
  if (status >= 300 && status < 400) {
    return { failure: { error: redirectError(response, context), retryable: false } };
  }
  const body = response.body.toString('utf8');
  if (status === 429 || (status >= 502 && status <= 504)) {
    const wait = readRetryAfter(headers, nowMs);
    const isTooLate = wait !== undefined && wait >= remainingMs;
    const reason = quote(body, headers, request);
    const message = isTooLate
      ? `${who} answered ${status} with a Retry-After of ${formatDuration(wait)}, longer than the remaining ${formatDuration(remainingMs)} of the timeout${reason}`
      : `${who} answered ${status}${attemptsSuffix(context.attempt)}${reason}`;
    const error = new DexchangeError('server_busy', message, {
      hint: isTooLate ? 'try again later, or raise --timeout' : busyHint(body),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    });
    return {
      failure: { error, retryable: true },
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    };
  }
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && response.body.length > 0) {
    const error = new DexchangeError(
      'server_nonsense',
      `${who} compressed its response (${sanitize(encoding, { maxChars: 20 })}), which the request did not allow`,
      { hint: 'check the ingress or gateway in front of it, which ignores accept-encoding' },
    );
    return { failure: { error, retryable: false } };
  }
  return { status, headers, body };
}

/** The error for 304 (RFC 9110, 15.4.5), which only answers conditional requests; none are sent. */
function notModifiedError({ peer, url, inSetting }: AttemptContext): DexchangeError {
  return new DexchangeError(
    'server_nonsense',
    `${peerAt(peer, url)} answered 304 (Not Modified), as if the request had asked for changes only: a cache or proxy answered, not the server`,
    {
      hint: `check the URL ${inSetting}, and the cache, gateway or proxy in front of the server: it must pass on the request`,
    },
  );
}

function redirectError(response: RawResponse, context: AttemptContext): DexchangeError {
  const location = response.headers['location'] ?? '';
  const target = URL.canParse(location, context.url.href)
    ? new URL(location, context.url)
    : undefined;
  const where = target === undefined ? '' : ` to ${sanitize(`${target.protocol}//${target.host}`)}`;
  return new DexchangeError(
    'server_redirect',
    `${peerAt(context.peer, context.url)} redirects${where} (${response.status})`,
    { hint: redirectHint(target, context) },
  );
}

function redirectHint(target: URL | undefined, { url, inSetting }: AttemptContext): string {
  if (target !== undefined && loginPage.test(`${target.host}${target.pathname}`)) {
    return `check the URL ${inSetting}, and let the gateway in front of it pass this request without a login: it redirects to a login page`;
  }
  if (target?.host === url.host && url.protocol === 'http:' && target.protocol === 'https:') {
    return `write https:// instead of http:// ${inSetting}`;
  }
  return 'use the target URL: dexchange does not follow redirects, because that would send the secrets to another server';
}

const loginPage = /\b(?:log-?in|sign-?in|sso|saml2?|oauth2?|authorize|idp|accounts|portal)\b/i;

function busyHint(body: string): string {
  return isHtml(body)
    ? 'try again later; if it persists, check the backend of the ingress that sent this page'
    : 'try again later';
}

/** The body of an error response for a message; of an HTML page the title. */
function quote(
  body: string,
  headers: IncomingResponse['headers'],
  request: OutgoingRequest,
): string {
  const secrets = secretsIn(request);
  if (isHtml(body)) return `, with ${describeBody({ status: 0, headers, body }, secrets)}`;
  if (/html/i.test(headers['content-type'] ?? '') || body.trimStart().startsWith('<')) return '';
  const text = sanitize(body, { redaction: redactionOf(secrets) });
  return text === '' ? '' : `: ${text}`;
}
