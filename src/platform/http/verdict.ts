import { formatDuration } from '../../duration.ts';
import { DexchangeError } from '../../errors.ts';
import type { IncomingResponse, OutgoingRequest } from '../../http/message.ts';
import { secretsIn } from '../../http/request-secrets.ts';
import { sanitize } from '../../sanitize.ts';
import type { RawResponse } from './exchange.ts';
import { type Circumstances, type Failure, peerAt, proxyWantsPassword, tried } from './failure.ts';
import { retryAfterMs as readRetryAfter } from './retry.ts';

/** A response fit to be returned, or what is wrong with it. */
export type Verdict =
  | IncomingResponse
  | {
      readonly failure: Failure;
      /** What the server asked for, in milliseconds. */
      readonly retryAfterMs?: number;
    };

/**
 * Judges a whole response by its status and headers. `nowMs` is since the epoch; `remainingMs` is
 * what the deadline leaves, to say so where the server wants a longer pause.
 */
export function judge(
  response: RawResponse,
  request: OutgoingRequest,
  at: Circumstances,
  nowMs: number,
  remainingMs: number,
): Verdict {
  const { status, headers } = response;
  const who = peerAt(at.peer, at.url);
  if (status === 407 && at.proxy !== undefined && at.url.protocol === 'http:') {
    return { failure: proxyWantsPassword(at.proxy) };
  }
  if (status >= 300 && status < 400) {
    return { failure: { error: redirectError(response, at), retryable: false } };
  }
  const body = response.body.toString('utf8');
  if (status === 429 || (status >= 502 && status <= 504)) {
    const wait = readRetryAfter(headers, nowMs);
    const comeBack = wait !== undefined && wait >= remainingMs;
    const said = quote(body, headers, request);
    const message = comeBack
      ? `${who} answered ${status} and wants to be left alone for ${formatDuration(wait)}, longer than the ${formatDuration(remainingMs)} left of the timeout${said}`
      : `${who} answered ${status}${tried(at.attempt)}${said}`;
    const error = new DexchangeError('server_busy', message, {
      hint: comeBack ? 'try again later, or raise --timeout' : 'try again later',
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
      `${who} compressed its response (${sanitize(encoding, { maxChars: 20 })}), though asked not to`,
      { hint: 'look at what stands before it (ingress, gateway): it ignores accept-encoding' },
    );
    return { failure: { error, retryable: false } };
  }
  return { status, headers, body };
}

function redirectError(response: RawResponse, at: Circumstances): DexchangeError {
  const location = response.headers['location'] ?? '';
  const target = URL.canParse(location, at.url.href) ? new URL(location, at.url) : undefined;
  const where = target === undefined ? '' : ` to ${sanitize(`${target.protocol}//${target.host}`)}`;
  return new DexchangeError(
    'server_redirect',
    `${peerAt(at.peer, at.url)} redirects${where} (${response.status})`,
    {
      hint: 'use the URL of the server itself: a redirect is not followed, as secrets would be too',
    },
  );
}

/** What the server said, unless it is a web page. */
function quote(
  body: string,
  headers: IncomingResponse['headers'],
  request: OutgoingRequest,
): string {
  if (/html/i.test(headers['content-type'] ?? '') || body.trimStart().startsWith('<')) return '';
  const text = sanitize(body, { secrets: secretsIn(request) });
  return text === '' ? '' : `: ${text}`;
}
