import type { Socket } from 'node:net';

/** Watches the heads of the responses on the socket of an HTTP client. */
export interface InterimResponses {
  /** Starts to watch the data that the socket returns; once for each connection. */
  watch(socket: Socket): void;
  /** Expects a response; call it when a request is sent. */
  expect(): void;
  /** Whether the server answered 101 (Switching Protocols), which no request asks for. */
  switchedProtocols(): boolean;
}

const statusAt = 'HTTP/1.1 '.length;
const statusEnd = statusAt + 3;
const blankLine = '\r\n\r\n';

/**
 * Lets undici skip `100 Continue` (RFC 9110, 15.2.1: a client must, even if it did not ask for one).
 * undici skips all other interim responses, but takes this one for an error; therefore it is shown
 * as 102, which has the same form.
 */
export function interimResponses(): InterimResponses {
  /** The beginning of the current head, as far as it is known; undefined behind the head. */
  let head: string | undefined;
  /** How much of the blank line that ends the head of an interim response was seen. */
  let seenOfBlankLine = 0;
  let switched = false;

  function pass(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && head !== undefined; at++) {
      const character = String.fromCharCode(chunk[at] ?? 0);
      if (head.length < statusEnd) {
        head += character;
        if (head.length === statusEnd) endOfStatus(chunk, at);
      } else {
        endOfHead(character);
      }
    }
  }

  function endOfStatus(chunk: Buffer, at: number): void {
    const status = /^HTTP\/1\.\d (1\d\d)$/.exec(head ?? '')?.[1];
    if (status === '100') chunk[at] = '2'.charCodeAt(0);
    if (status === '101') switched = true;
    if (status === undefined || status === '101') head = undefined;
    seenOfBlankLine = 0;
  }

  function endOfHead(character: string): void {
    if (character === blankLine[seenOfBlankLine]) seenOfBlankLine += 1;
    else seenOfBlankLine = character === '\r' ? 1 : 0;
    if (seenOfBlankLine === blankLine.length) head = '';
  }

  return {
    watch(socket) {
      const read = socket.read.bind(socket);
      socket.read = (size?: number): unknown => {
        const chunk: unknown = read(size);
        if (chunk instanceof Buffer) pass(chunk);
        return chunk;
      };
    },
    expect() {
      head = '';
      switched = false;
    },
    switchedProtocols: () => switched,
  };
}
