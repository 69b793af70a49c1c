import type { DexchangeError } from '../errors.ts';
import type { Entry } from './entry.ts';
import type { CacheOff, CachePlace } from './folder.ts';
import type { KeyInput } from './key.ts';

/** What happens to the cache during one call, in order. Events hold secrets. */
export type CacheEvent =
  | {
      readonly kind: 'cache-place';
      readonly keyInputs: readonly KeyInput[];
      readonly place: CachePlace | CacheOff;
    }
  | { readonly kind: 'cache-miss'; readonly reason: string }
  | { readonly kind: 'cache-hit'; readonly entry: Entry; readonly state: 'fresh' | 'aging' }
  /** The client ran the plugin again for the same credential: the API server rejected it. */
  | { readonly kind: 'cache-rejected' }
  /** A cached credential is used although it is due for renewal. */
  | { readonly kind: 'cache-old-entry-used'; readonly why: OldEntryReason }
  | { readonly kind: 'cache-expired-meanwhile' }
  | { readonly kind: 'cache-lock'; readonly held: boolean }
  /** The credential expired before its response arrived, so the request is sent again. */
  | { readonly kind: 'cache-response-too-late' }
  | { readonly kind: 'cache-not-stored'; readonly reason: string };

/** Why a credential that is due for renewal is used without renewal. */
export type OldEntryReason =
  | { readonly kind: 'failed-recently' }
  | { readonly kind: 'renewed-by-another' }
  | { readonly kind: 'another-is-renewing' }
  | { readonly kind: 'renewal-failed'; readonly error: DexchangeError };
