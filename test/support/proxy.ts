import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { resetSocket } from './faults.ts';
import { listen, parseBasic, type ServerOptions } from './http-server.ts';

/** May be changed while the proxy runs. */
export interface ProxyBehaviour {
  /** Requires `Proxy-Authorization: Basic` with these credentials; answers 407 otherwise. */
  credentials?: { readonly user: string; readonly password: string } | undefined;
  /** Answers every request with a status, or never (`hang`), or resets the connection. */
  refuse?: 403 | 407 | 502 | 503 | 'hang' | 'reset' | undefined;
  /** Replaces DNS: returns the address for the `host:port` of a request. */
  resolve?: ((authority: string) => { readonly host: string; readonly port: number }) | undefined;
}

export interface ProxyOptions extends ServerOptions, ProxyBehaviour {}

/** A request that reached the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** `host:port` of CONNECT; the absolute URL of any other method (RFC 9112, 3.2). */
  readonly target: string;
  /** The headers of CONNECT or of the forwarded request. */
  readonly headers: IncomingMessage['headers'];
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
  /** `passed` means that the proxy connected to the target. */
  readonly outcome: 'passed' | 'refused' | 'unreachable';
}

export interface Proxy {
  /** `http://127.0.0.1:3128`, or https with `tls`; without credentials. */
  readonly url: string;
  /** The same with the required user and password, percent-encoded. */
  readonly urlWithCredentials: string;
  readonly port: number;
  readonly requests: readonly ProxiedRequest[];
  readonly behaviour: ProxyBehaviour;
  /** Stops the proxy and closes its tunnels. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a forward proxy on a loopback address (RFC 9110, 7.3.2 and 9.3.6). It tunnels CONNECT,
 * forwards requests in absolute form and answers 400 to requests in origin form.
 */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const behaviour: ProxyBehaviour = {
    credentials: options.credentials,
    refuse: options.refuse,
    resolve: options.resolve,
  };
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Duplex>();

  function track(socket: Duplex): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  function record(message: IncomingMessage, outcome: ProxiedRequest['outcome']): void {
    requests.push({
      method: message.method ?? '',
      target: message.url ?? '',
      headers: message.headers,
      credentials: parseBasic(message.headers['proxy-authorization']),
      outcome,
    });
  }

  /** How the proxy rejects a request; undefined if it forwards it. */
  function rejection(message: IncomingMessage): Rejection | undefined {
    if (behaviour.refuse !== undefined) return behaviour.refuse;
    const { credentials } = behaviour;
    if (credentials === undefined) return undefined;
    const given = parseBasic(message.headers['proxy-authorization']);
    const right = given?.user === credentials.user && given.password === credentials.password;
    return right ? undefined : 407;
  }

  function locate(authority: string): { readonly host: string; readonly port: number } {
    if (behaviour.resolve !== undefined) return behaviour.resolve(authority);
    const { hostname, port } = new URL(`http://${authority}`);
    // URL omits the default port of http.
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 80 : port) };
  }

  function onConnect(message: IncomingMessage, client: Duplex, head: Buffer): void {
    track(client);
    const reason = rejection(message);
    if (reason !== undefined) {
      record(message, 'refused');
      rejectTunnel(reason, client);
      return;
    }
    const target = connect(locate(message.url ?? ''));
    track(target);
    target.once('connect', () => {
      record(message, 'passed');
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) target.write(head);
      target.pipe(client).pipe(target);
    });
    target.once('error', () => {
      if (target.connecting || target.bytesRead + target.bytesWritten === 0) {
        record(message, 'unreachable');
        client.end(statusHead(502));
      }
    });
    client.once('close', () => target.destroy());
    target.once('close', () => client.end());
  }

  function onRequest(message: IncomingMessage, response: ServerResponse): void {
    const reason = rejection(message);
    if (reason !== undefined) {
      record(message, 'refused');
      if (reason === 'hang') return;
      if (reason === 'reset') resetSocket(message.socket);
      else response.writeHead(reason, rejectionHeaders(reason)).end(rejectionText(reason));
      return;
    }
    if (!message.url?.startsWith('http://')) {
      record(message, 'refused');
      response.writeHead(400, { 'content-type': 'text/plain' }).end('this is a proxy\n');
      return;
    }
    const url = new URL(message.url);
    const {
      'proxy-authorization': _credentials,
      'proxy-connection': _hop,
      ...headers
    } = message.headers;
    const forwarded = httpRequest(
      {
        ...locate(url.host),
        method: message.method,
        path: url.pathname + url.search,
        headers: { ...headers, host: url.host, via: '1.1 test-proxy' },
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('socket', track);
    forwarded.once('socket', (socket) => socket.once('connect', () => record(message, 'passed')));
    forwarded.on('error', () => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      record(message, 'unreachable');
      response.writeHead(502, rejectionHeaders(502)).end(rejectionText(502));
    });
    message.pipe(forwarded);
  }

  const server: Server =
    options.tls === undefined
      ? createHttpServer(onRequest)
      : createHttpsServer({ cert: options.tls.certPem, key: options.tls.keyPem }, onRequest);
  server.on('connect', onConnect);
  server.on('connection', (socket: Socket) => track(socket));
  server.on('tlsClientError', () => undefined);
  server.on('clientError', (_error, socket) => socket.destroy());

  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port ?? 0);
  const urlHost = options.urlHost ?? (host.includes(':') ? `[${host}]` : host);
  const scheme = options.tls === undefined ? 'http' : 'https';

  return {
    url: `${scheme}://${urlHost}:${port}`,
    get urlWithCredentials() {
      const { user = '', password = '' } = behaviour.credentials ?? {};
      return `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${urlHost}:${port}`;
    },
    port,
    requests,
    behaviour,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Rejection = NonNullable<ProxyBehaviour['refuse']>;

function rejectTunnel(reason: Rejection, client: Duplex): void {
  if (reason === 'hang') return;
  if (reason === 'reset') {
    resetSocket(client as Socket);
    return;
  }
  client.end(statusHead(reason));
}

function statusHead(status: number): string {
  const headers = Object.entries({ ...rejectionHeaders(status), connection: 'close' });
  const body = rejectionText(status);
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function rejectionHeaders(status: number): Record<string, string> {
  return {
    'content-type': 'text/html',
    ...(status === 407 ? { 'proxy-authenticate': 'Basic realm="test proxy"' } : {}),
  };
}

function rejectionText(status: number): string {
  return `<html><head><title>ERROR: ${status} ${reasons[status] ?? ''}</title></head></html>\n`;
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};
