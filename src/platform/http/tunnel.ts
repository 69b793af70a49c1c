import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import Client from 'undici/lib/dispatcher/client.js';
import { ConnectFailure, errorCode, type Progress } from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';
import { portOf } from './url-rules.ts';

/**
 * Opens a tunnel to `target` over a connection to a proxy, by CONNECT (RFC 9110, 9.3.6). Uses
 * undici's Client, because its ProxyAgent reports the status of a denial only in a message and
 * requires undici's index.
 * @throws ConnectFailure with the status if the proxy denies the connection
 */
export function openTunnel(
  proxySocket: Socket,
  proxy: HttpProxy,
  target: URL,
  signal: AbortSignal,
  progress: Progress,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const authority = `${target.hostname}:${portOf(target)}`;
    const client = new Client(proxy.url.origin, {
      allowH2: false,
      // In a later tick, because undici ignores a connection that is ready immediately.
      connect: (_options, callback) =>
        process.nextTick(() => callback(null, proxySocket as TLSSocket)),
    });
    function fail(details: { reason?: string | undefined; proxyStatus?: number; cause?: unknown }) {
      signal.removeEventListener('abort', onAbort);
      proxySocket.destroy();
      client.destroy(null).catch(() => {});
      reject(new ConnectFailure(progress, details));
    }
    const onAbort = () => fail({ reason: 'TIMEOUT' });
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    client.dispatch(
      {
        method: 'CONNECT',
        path: authority,
        headers: {
          host: authority,
          ...(proxy.authorization ? { 'proxy-authorization': proxy.authorization.reveal() } : {}),
        },
        // The limit of the whole connection applies instead.
        headersTimeout: 0,
      },
      {
        onRequestStart() {},
        onRequestUpgrade(_controller, status, _headers, socket) {
          if (status < 200 || status > 299) {
            fail({ proxyStatus: status });
            return;
          }
          signal.removeEventListener('abort', onAbort);
          resolve(socket as Socket);
        },
        onResponseError(_controller, error) {
          fail({ reason: signal.aborted ? 'TIMEOUT' : errorCode(error), cause: error });
        },
      },
    );
  });
}
