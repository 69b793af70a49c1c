import type { EventEmitter } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket, Server as TcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { carryOut, type Misbehave } from './faults.ts';

/** A complete request. */
export interface RecordedRequest {
  readonly method: string;
  /** The request target as sent: `//token` stays `//token`. */
  readonly target: string;
  /** The target without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The raw body, which need not be text. */
  readonly bytes: Buffer;
  /** The body parsed as a form, regardless of its content type. */
  readonly form: URLSearchParams;
  /** The parts of an `Authorization: Basic` header after base64 decoding. */
  readonly basic: { readonly user: string; readonly password: string } | undefined;
  /** The CN of a TLS client certificate that the server's `clientCaPem` verified. */
  readonly clientCertificate: string | undefined;
  /** The server name in the TLS handshake (SNI); undefined without TLS or without a name. */
  readonly serverName: string | undefined;
  readonly atMs: number;
}

export interface TlsOptions {
  readonly certPem: string;
  readonly keyPem: string;
  /** Require a client certificate of this CA; without one the handshake fails. */
  readonly clientCaPem?: string;
}

export interface ServerOptions {
  /** Default: plain HTTP. */
  readonly tls?: TlsOptions;
  /** The address to listen on: `127.0.0.1` (default) or `::1`. */
  readonly host?: string;
  /** The host in `origin`, for certificates that contain a name; default: the address. */
  readonly urlHost?: string;
  /** Default: 0, any free port. Set it to restart a server on the same port. */
  readonly port?: number;
}

/** The response of a handler. Header names are sent as written; `Content-Length` is added. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Read for each request, so that a test may change it while the server runs. */
export interface ServerBehaviour {
  misbehave?: Misbehave | undefined;
  /** How far the server's clock, and with it the `Date` header, is ahead. */
  clockSkewSeconds?: number | undefined;
}

export interface RunningServer {
  /** `https://127.0.0.1:41234`, without a slash. */
  readonly origin: string;
  readonly port: number;
  /** Every complete request, in order of arrival. */
  readonly requests: RecordedRequest[];
  /** The number of TCP connections since the start. */
  readonly connections: () => number;
  /** Stops the server and closes every open socket. */
  readonly close: () => Promise<void>;
}

/**
 * Starts an HTTP or HTTPS server on a loopback address that records its requests and may misbehave.
 * Resolves when it listens. If a handler throws, which is a bug of the test, the server answers 500
 * with the error.
 */
export async function startHttpServer(
  options: ServerOptions,
  behaviour: ServerBehaviour,
  handler: (request: RecordedRequest) => Answer | Promise<Answer>,
): Promise<RunningServer> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    requests.push(request);
    const fault = await behaviour.misbehave?.(request);
    const skewMs = (behaviour.clockSkewSeconds ?? 0) * 1000;
    if (skewMs !== 0) response.setHeader('Date', new Date(Date.now() + skewMs).toUTCString());
    if (fault !== undefined && (await carryOut(fault, response)) === 'done') return;
    if (response.destroyed) return;
    const answer = await handler(request);
    const body = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status, { ...answer.headers, 'Content-Length': String(body.length) });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  function onRequest(message: IncomingMessage, response: ServerResponse): void {
    serve(message, response).catch((error: unknown) => {
      // Many tests abort a request.
      if (response.destroyed || message.errored !== null) return;
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`bug in a test peer: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  const server = createServer(options.tls, onRequest);
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  // The client reports a failed handshake.
  server.on('tlsClientError', () => undefined);
  server.on('clientError', (_error, socket) => socket.destroy());

  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port ?? 0);
  const urlHost = options.urlHost ?? (host.includes(':') ? `[${host}]` : host);

  return {
    origin: `${options.tls === undefined ? 'http' : 'https'}://${urlHost}:${port}`,
    port,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Listens on an address and returns the port; rejects if the server cannot listen. */
export function listen(
  server: Pick<TcpServer, 'listen' | 'address'> & Pick<EventEmitter, 'once' | 'off'>,
  host: string,
  port: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** The base64-decoded parts of a Basic credential (RFC 7617); undefined for any other header. */
export function parseBasic(
  header: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  const encoded = /^basic (.*)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void;

/** Enough for the large tokens of some tests. */
const maxHeaderSize = 256 * 1024;

function createServer(tls: TlsOptions | undefined, onRequest: Listener): Server {
  if (tls === undefined) return createHttpServer({ maxHeaderSize }, onRequest);
  return createHttpsServer(
    {
      maxHeaderSize,
      cert: tls.certPem,
      key: tls.keyPem,
      ...(tls.clientCaPem === undefined
        ? {}
        : { ca: tls.clientCaPem, requestCert: true, rejectUnauthorized: true }),
    },
    onRequest,
  );
}

async function readRequest(message: IncomingMessage): Promise<RecordedRequest> {
  const atMs = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const body = bytes.toString('utf8');
  const target = message.url ?? '';
  const [path = '', ...query] = target.split('?');
  const peer =
    'getPeerCertificate' in message.socket
      ? (message.socket as TLSSocket).getPeerCertificate()
      : undefined;
  const commonName = peer?.subject?.CN;
  const { servername } = message.socket as Partial<TLSSocket> & { servername?: string | false };
  return {
    method: message.method ?? '',
    target,
    path,
    query: new URLSearchParams(query.join('?')),
    headers: message.headers,
    body,
    bytes,
    form: new URLSearchParams(body),
    basic: parseBasic(message.headers.authorization),
    clientCertificate: Array.isArray(commonName) ? commonName[0] : commonName,
    serverName: servername || undefined,
    atMs,
  };
}
