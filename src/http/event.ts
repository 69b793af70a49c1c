import type { DexchangeError } from '../errors.ts';
import type { IncomingResponse, OutgoingRequest, Peer } from './message.ts';

/**
 * What happens on the wire, in order; durations in milliseconds. All but `request` and `answer` are
 * free of secrets and queries.
 */
export type HttpEvent =
  /** Before the first attempt. Holds secrets. */
  | { readonly kind: 'request'; readonly request: OutgoingRequest }
  /** A proxy variable that other tools read, but Go and dexchange do not. */
  | { readonly kind: 'proxy-ignored'; readonly variable: string }
  | {
      readonly kind: 'attempt';
      readonly peer: Peer;
      readonly method: string;
      /** Scheme, host and path. */
      readonly url: string;
      readonly attempt: number;
      /** `host:port` and the variable that named it. */
      readonly proxy?: { readonly host: string; readonly variable: string };
    }
  | {
      readonly kind: 'connected';
      readonly peer: Peer;
      readonly times: {
        readonly lookupMs?: number;
        readonly connectMs?: number;
        readonly proxyMs?: number;
        readonly tlsMs?: number;
      };
      /** The address reached: the proxy's, if there is one. */
      readonly address: string | undefined;
      readonly tlsVersion: string | undefined;
    }
  | {
      readonly kind: 'response';
      readonly peer: Peer;
      readonly status: number;
      readonly firstByteMs: number;
      readonly totalMs: number;
      readonly bodyBytes: number;
      /** The server's Date header, to compare clocks. */
      readonly date?: string;
    }
  | {
      readonly kind: 'failed';
      readonly peer: Peer;
      readonly error: DexchangeError;
      /** Absent if this was the last attempt. */
      readonly retryInMs?: number;
    }
  /** Another line for `-v`. */
  | { readonly kind: 'note'; readonly text: string }
  /** After the last attempt: what the server answered. Holds secrets. */
  | { readonly kind: 'answer'; readonly response: IncomingResponse };
