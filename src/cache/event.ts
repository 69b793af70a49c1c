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
  /** The client that holds the cached credential asks again: the API server rejected it. */
  | { readonly kind: 'cache-rejected' }
  /** A cached credential is used although it is due for renewal. */
  | { readonly kind: 'cache-old-entry-used'; readonly why: OldEntryReason }
  | { readonly kind: 'cache-expired-meanwhile' }
  | { readonly kind: 'cache-lock'; readonly held: boolean }
  /** The answer took longer than its credential lives, so the request is made again. */
  | { readonly kind: 'cache-answer-too-late' }
  | { readonly kind: 'cache-not-stored'; readonly reason: string };

/** Why a credential that is due for renewal is used as it is. */
export type OldEntryReason =
  | { readonly kind: 'failed-just-now' }
  | { readonly kind: 'renewed-by-another' }
  | { readonly kind: 'another-is-renewing' }
  | { readonly kind: 'renewal-failed'; readonly message: string };
