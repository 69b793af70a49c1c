// undici's index loads fetch, WebSocket, caches and more, at twice the start-up time of the part
// that is needed here. Its types cover the index only.
declare module 'undici/lib/dispatcher/client.js' {
  import type Client from 'undici/types/client.d.ts';

  const ClientConstructor: typeof Client;
  export default ClientConstructor;
}
