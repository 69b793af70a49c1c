// undici's index loads fetch, WebSocket, caches and more, at more than twice the start-up time of
// the part that is needed here; its types cover the index only.
declare module 'undici/lib/dispatcher/client.js' {
  import type { Client as ClientClass } from 'undici';

  const Client: typeof ClientClass;
  export default Client;
}
