import type { CacheEvent } from '../cache/event.ts';
import type { Settings } from '../config/resolve.ts';
import type { HttpEvent } from '../http/event.ts';
import type { IdentityOptions } from '../identity/select.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { ExchangeInput } from '../inputs/exchange.ts';
import type { DexToken } from '../oauth/dex-token.ts';
import type { DeferredSecret, Secret } from '../secret.ts';

/**
 * What happens during one call, in order. `-v` prints lines for these events and `--explain` collects
 * them in its record. Events can contain secrets.
 */
export type TraceEvent =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'kubeconfig'; readonly source: KubeconfigSource }
  | {
      readonly kind: 'client';
      readonly exchange: ExchangeInput;
      readonly clientSecret: DeferredSecret;
    }
  | { readonly kind: 'identity-options'; readonly options: IdentityOptions }
  | {
      readonly kind: 'identity';
      readonly source: IdentitySource;
      /** The type for Dex; undefined if the token is not sent to Dex. */
      readonly subjectTokenType: string | undefined;
    }
  | { readonly kind: 'subject-token'; readonly token: Secret }
  | { readonly kind: 'dex-token'; readonly token: DexToken }
  /** The identity token is the credential; how long it is still valid, in milliseconds. */
  | { readonly kind: 'identity-credential'; readonly remainingMs: number }
  | CacheEvent
  | HttpEvent;

/** The kubeconfig whose exec entry is used for a call. */
export interface KubeconfigSource {
  /** Files and context, sanitized. */
  readonly description: string;
  /** Likely mistakes in the kubeconfig. */
  readonly warnings: readonly string[];
}

/** Receives events as they happen; must neither throw nor block. */
export type Trace = (event: TraceEvent) => void;
