// undici's index loads fetch, WebSocket, caches and more, at more than twice the start-up time of
// the parts that are needed here; its types cover the index only.
declare module 'undici/lib/dispatcher/client.js' {
  import type { Client as ClientClass } from 'undici';

  const Client: typeof ClientClass;
  export default Client;
}

declare module 'undici/lib/core/socks5-client.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export class Socks5Client extends EventEmitter<{
    error: [error: Error];
    close: [];
    authenticated: [];
    connected: [address: { address: string; port: number }];
  }> {
    constructor(
      socket: Socket,
      options: { username?: string | undefined; password?: string | undefined },
    );
    readonly onSocketData: (data: Buffer) => void;
    readonly onSocketError: (error: Error) => void;
    readonly onSocketClose: () => void;
    handshake(): void;
    connect(address: string, port: number): void;
  }
}
