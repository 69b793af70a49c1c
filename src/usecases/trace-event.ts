import type { CacheEvent } from '../cache/event.ts';
import type { Settings } from '../config/resolve.ts';
import type { HttpEvent } from '../http/event.ts';
import type { IdentityOptions } from '../identity/select.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { ExchangeInput } from '../inputs/exchange.ts';
import type { DexToken } from '../oauth/dex-token.ts';
import type { DeferredSecret, Secret } from '../secret.ts';

/**
 * What happens during one call, in order. `-v` prints lines of these events and `--explain` makes
 * its record of them. They hold what is at hand anyway, secrets included.
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
      readonly subjectTokenType: string;
    }
  | { readonly kind: 'subject-token'; readonly token: Secret }
  | { readonly kind: 'dex-token'; readonly token: DexToken }
  /** Anything else that `-v` should say. */
  | { readonly kind: 'note'; readonly text: string }
  | CacheEvent
  | HttpEvent;

/** The kubeconfig whose exec entry gave the settings of a call. */
export interface KubeconfigSource {
  /** Files and context, fit to be shown. */
  readonly description: string;
  /** What a reader of the kubeconfig would not expect. */
  readonly warnings: readonly string[];
}

/** Takes events as they happen; must neither throw nor wait. */
export type Trace = (event: TraceEvent) => void;
