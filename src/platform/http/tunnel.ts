import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import Client from 'undici/lib/dispatcher/client.js';
import { ConnectFailure, errorCode, type Progress } from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';
import { portOf } from './url-rules.ts';

/**
 * undici's ProxyAgent hides the status of a refusal in a message and needs undici's index; its
 * Client does CONNECT as well.
 */
export function openTunnel(
  toProxy: Socket,
  proxy: HttpProxy,
  target: URL,
  signal: AbortSignal,
  progress: Progress,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const authority = `${target.hostname}:${portOf(target)}`;
    const client = new Client(proxy.url.origin, {
      allowH2: false,
      // In a later tick: undici overlooks a connection that is there at once.
      connect: (_options, callback) => process.nextTick(() => callback(null, toProxy as TLSSocket)),
    });
    function fail(details: { reason?: string | undefined; proxyStatus?: number; cause?: unknown }) {
      signal.removeEventListener('abort', onAbort);
      toProxy.destroy();
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
        // The limit of the whole connection stands above it.
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
