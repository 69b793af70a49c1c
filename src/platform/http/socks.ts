import type { Socket } from 'node:net';
import { Socks5Client } from 'undici/lib/core/socks5-client.js';
import { ConnectFailure, errorCode, type Progress } from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';
import { bareHost, portOf } from './url-rules.ts';

/**
 * Opens a connection to `target` over a connection to a SOCKS5 proxy (RFC 1928), with user name and
 * password if the proxy requires them (RFC 1929). As in Go, the proxy resolves the name.
 * @throws ConnectFailure with the code of undici: `UND_ERR_SOCKS5_…`
 */
export function openSocks(
  socket: Socket,
  proxy: HttpProxy,
  target: URL,
  signal: AbortSignal,
  progress: Progress,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const client = new Socks5Client(socket, {
      username: proxy.login?.username,
      password: proxy.login?.password.reveal(),
    });
    function stop(): void {
      signal.removeEventListener('abort', onAbort);
      socket.off('data', client.onSocketData);
      socket.off('error', client.onSocketError);
      socket.off('close', client.onSocketClose);
    }
    function fail(reason: string | undefined, cause?: unknown): void {
      stop();
      socket.destroy();
      reject(new ConnectFailure(progress, { reason, cause }));
    }
    const onAbort = () => fail('TIMEOUT');
    client.on('error', (error) => fail(errorCode(error), error));
    client.on('close', () => fail('ECONNRESET'));
    client.on('authenticated', () => client.connect(bareHost(target), portOf(target)));
    client.on('connected', () => {
      stop();
      // The next reader decides when to read.
      socket.pause();
      resolve(socket);
    });
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    client.handshake();
  });
}
