import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DexchangeError } from '../errors.ts';
import type { StatusPage, StatusServer } from '../ports.ts';

/** The time limit for a client to send its request, in milliseconds. */
const requestMs = 2000;

/** More connections than probes and Prometheus need. Further connections are closed. */
const maxConnections = 50;

/**
 * Serves status pages over HTTP. Accepts only GET and HEAD.
 * @throws DexchangeError setting_invalid if it cannot listen there
 */
export async function serveStatus(
  { host, port }: { readonly host: string; readonly port: number },
  page: (path: string) => StatusPage,
): Promise<StatusServer> {
  const server = createServer(
    {
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      keepAliveTimeout: requestMs,
      // By default, Node looks for late requests only every 30 s.
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const { status, type, body } = isRead
        ? page(new URL(request.url ?? '/', 'http://status').pathname)
        : { status: 405, type: 'text/plain; charset=utf-8', body: 'use GET\n' };
      response.writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  );
  // For connections that send nothing.
  server.setTimeout(requestMs);
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
    server.listen(port, host, resolve);
  });
  // Later errors concern a single connection, not the agent.
  server.on('error', () => undefined);
  const { address, family, port: given } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${given}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function cannotListen(host: string, port: number, { code }: NodeJS.ErrnoException): DexchangeError {
  const reason = code === 'EADDRINUSE' ? 'another program uses this port' : `${code}`;
  return new DexchangeError('setting_invalid', `cannot listen on ${host}:${port}: ${reason}`, {
    hint: 'set --listen to an address of this machine and a free port, such as 127.0.0.1:0 for any free port',
  });
}
