import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RecordedRequest } from './http-server.ts';

/** A way in which a server misbehaves. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  /** Accepts the request and stops, before or after the head of the response. */
  | { readonly kind: 'hang'; readonly afterHead?: boolean }
  /** Sends a body a few bytes at a time: each wait is short, the whole response is not. */
  | {
      readonly kind: 'drip';
      readonly body: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly bytesPerStep?: number;
      readonly stepMs?: number;
    }
  /** Streams `bytes` bytes of JSON white space, with or without a Content-Length. */
  | { readonly kind: 'oversize'; readonly bytes: number; readonly declareLength?: boolean }
  /** Resets the TCP connection, before the head or in the middle of the body. */
  | { readonly kind: 'reset'; readonly afterHead?: boolean }
  /** Declares a longer body than it sends, then ends the connection. */
  | { readonly kind: 'truncate'; readonly body: string }
  /** Sends raw bytes, which need not be HTTP, then ends the connection. */
  | { readonly kind: 'raw'; readonly bytes: string }
  /** Waits, then misbehaves as `then` says, or answers as usual. */
  | { readonly kind: 'delay'; readonly ms: number; readonly then?: Fault };

/** Called once per request, before the real handler; returns undefined to answer as usual. */
export type Misbehave = (
  request: RecordedRequest,
) => Fault | undefined | Promise<Fault | undefined>;

/** A JSON response with any status. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

/** The response of a load balancer or an ingress whose backend fails. */
export function htmlAnswer(
  status = 502,
  title = 'Bad Gateway',
  headers: Readonly<Record<string, string>> = {},
): Fault {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'text/html', ...headers },
    body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  };
}

/** A redirect, as an ingress sends from http to https or to a login page. */
export function redirectTo(location: string, status = 302): Fault {
  return { kind: 'answer', status, headers: { location } };
}

/** 429 or 503; `retryAfter` is the header's text: seconds or an HTTP date (RFC 9110, 10.2.3). */
export function busyAnswer(status: 429 | 503, retryAfter?: string): Fault {
  return htmlAnswer(
    status,
    status === 429 ? 'Too Many Requests' : 'Service Temporarily Unavailable',
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );
}

/** The first `times` requests get the fault, later ones the usual response. */
export function first(times: number, fault: Fault): Misbehave {
  let left = times;
  return () => {
    if (left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

/** Limits a fault to requests whose path has an ending, such as `/token`. */
export function onPath(ending: string, fault: Fault | Misbehave): Misbehave {
  return (request) => {
    if (!request.path.endsWith(ending)) return undefined;
    return typeof fault === 'function' ? fault(request) : fault;
  };
}

/**
 * Applies a fault to an open response. Returns 'answer' if the usual handler must still answer, and
 * 'done' otherwise, also for a response that hangs on purpose.
 */
export async function carryOut(fault: Fault, response: ServerResponse): Promise<'done' | 'answer'> {
  switch (fault.kind) {
    case 'answer':
      response.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? '');
      return 'done';
    case 'hang':
      if (fault.afterHead === true) {
        response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      }
      return 'done';
    case 'drip':
      await drip(fault, response);
      return 'done';
    case 'oversize':
      await oversize(fault, response);
      return 'done';
    case 'reset':
      if (fault.afterHead === true) {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
        await new Promise((resolve) => response.write('{"access_token":"', resolve));
        // Otherwise the reset could overtake the head.
        await wait(20, response);
      }
      if (response.socket !== null) resetSocket(response.socket);
      return 'done';
    case 'truncate': {
      const length = Buffer.byteLength(fault.body) + 100;
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(length),
      });
      response.write(fault.body, () => response.socket?.end());
      return 'done';
    }
    case 'raw':
      response.socket?.end(fault.bytes);
      return 'done';
    case 'delay':
      await wait(fault.ms, response);
      return fault.then === undefined ? 'answer' : carryOut(fault.then, response);
  }
}

/** Closes a socket with a TCP reset. */
export function resetSocket(socket: Socket): void {
  // A TLS socket cannot send a reset; its TCP socket is reachable only as `_parent`.
  const below = (socket as Socket & { _parent?: Socket | null })._parent;
  (below ?? socket).resetAndDestroy();
}

async function drip(fault: Fault & { kind: 'drip' }, response: ServerResponse): Promise<void> {
  const body = Buffer.from(fault.body);
  const step = fault.bytesPerStep ?? 1;
  response.writeHead(fault.status ?? 200, {
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...fault.headers,
  });
  for (let at = 0; at < body.length && !response.destroyed; at += step) {
    response.write(body.subarray(at, at + step));
    await wait(fault.stepMs ?? 100, response);
  }
  response.end();
}

async function oversize(
  fault: Fault & { kind: 'oversize' },
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(fault.declareLength === true ? { 'content-length': String(fault.bytes) } : {}),
  });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  for (let left = fault.bytes; left > 0 && !response.destroyed; left -= chunk.length) {
    const more = response.write(chunk.subarray(0, Math.min(left, chunk.length)));
    if (!more) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}

/** Waits; returns early if the client or the server closes, so that no timer outlives a test. */
function wait(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    response.once('close', done);
  });
}
