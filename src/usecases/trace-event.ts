import type { Entry } from '../cache/entry.ts';
import type { CachePlace } from '../cache/folder.ts';
import type { KeyInput } from '../cache/key.ts';
import type { DeferredSecret } from '../deferred-secret.ts';
import type { HttpEvent } from '../http/event.ts';
import type { IncomingResponse, OutgoingRequest } from '../http/message.ts';
import type { IdentityOptions } from '../identity/select.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { ExchangeInput } from '../inputs/exchange.ts';
import type { DexToken } from '../oauth/dex-token.ts';
import type { Secret } from '../secret.ts';

/**
 * What a run of a use case tells its observer, in the order in which it happens. Records of what
 * is at hand anyway: nothing is computed for an observer that is not there. They hold secrets.
 */
export type TraceEvent =
  | {
      readonly kind: 'client';
      readonly exchange: ExchangeInput;
      readonly secret: DeferredSecret;
    }
  | { readonly kind: 'identity-options'; readonly options: IdentityOptions }
  | {
      readonly kind: 'identity';
      readonly source: IdentitySource;
      readonly subjectTokenType: string;
    }
  | {
      readonly kind: 'cache';
      readonly inputs: readonly KeyInput[];
      /** Or why there is none. */
      readonly place: CachePlace | string;
    }
  | { readonly kind: 'cache-miss'; readonly reason: string }
  | { readonly kind: 'cached'; readonly entry: Entry; readonly state: string }
  /** The client that has the cached credential wants another: the API server said 401. */
  | { readonly kind: 'asked-again' }
  | { readonly kind: 'not-stored'; readonly reason: string }
  | { readonly kind: 'lock'; readonly held: boolean }
  | { readonly kind: 'subject-token'; readonly token: Secret }
  | { readonly kind: 'request'; readonly request: OutgoingRequest }
  | { readonly kind: 'response'; readonly response: IncomingResponse }
  | { readonly kind: 'http'; readonly event: HttpEvent }
  | { readonly kind: 'dex-token'; readonly token: DexToken };

/** Takes events while the run goes on; must neither throw nor wait. */
export type Observe = (event: TraceEvent) => void;
