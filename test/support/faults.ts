import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RecordedRequest } from './http-server.ts';

/** One way in which a server fails to be the server it should be. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  /** Takes the request and says nothing more, before or after its head. */
  | { readonly kind: 'hang'; readonly afterHead?: boolean }
  /** Sends a body a few bytes at a time: every wait is short, the whole is not. */
  | {
      readonly kind: 'drip';
      readonly body: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly bytesPerStep?: number;
      readonly stepMs?: number;
    }
  /** Streams that many bytes of JSON white space, with or without a Content-Length. */
  | { readonly kind: 'oversize'; readonly bytes: number; readonly declareLength?: boolean }
  /** A TCP reset: before the head, or in the middle of the body. */
  | { readonly kind: 'reset'; readonly afterHead?: boolean }
  /** Promises a longer body than it sends, then ends the connection. */
  | { readonly kind: 'truncate'; readonly body: string }
  /** Bytes as they are, which need not be HTTP, then the end of the connection. */
  | { readonly kind: 'raw'; readonly bytes: string }
  /** Waits, then does the other thing, or answers as usual. */
  | { readonly kind: 'delay'; readonly ms: number; readonly then?: Fault };

/** Asked once per request, before the real handler; undefined means to answer as usual. */
export type Misbehave = (
  request: RecordedRequest,
) => Fault | undefined | Promise<Fault | undefined>;

/** A JSON answer of any status. */
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

/** What a load balancer or an ingress says in place of the server behind it. */
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

/** The first `times` requests get the fault, later ones the usual answer. */
export function first(times: number, fault: Fault): Misbehave {
  let left = times;
  return () => {
    if (left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

/** Only requests whose path ends so are touched: `/token`, `/.well-known/openid-configuration`. */
export function onPath(ending: string, fault: Fault | Misbehave): Misbehave {
  return (request) => {
    if (!request.path.endsWith(ending)) return undefined;
    return typeof fault === 'function' ? fault(request) : fault;
  };
}

/**
 * Carries out a fault on an open response. Gives 'done' when nothing is left to do (which includes
 * a response that hangs on purpose), 'answer' when the usual handler shall answer after all.
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
        // The head must have left this host before the reset overtakes it.
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

/** Sends a TCP reset in place of an end. */
export function resetSocket(socket: Socket): void {
  // Under TLS it has to be sent by the TCP socket below, which only `_parent` names.
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

/** Ends early if the client leaves or the server closes, so that no timer outlives a test. */
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
