import type { Secret } from './secret.ts';

/**
 * A secret that is known by its origin before its value is. The cache key is made of `keyInputs`
 * without running anything; `value` is asked only when the secret is about to be used.
 */
export interface DeferredSecret {
  /** Where it comes from, in words: `variable CI_TOKEN`, `file /run/secrets/x`, `command vault`. */
  readonly origin: string;
  /** All that can change the value; may hold the value itself. Never shown. */
  readonly keyInputs: readonly string[];
  /** @throws DexchangeError naming the origin if there is no value to be had */
  value(): Promise<Secret>;
}

/** A secret whose value is at hand. */
export function readySecret(origin: string, secret: Secret): DeferredSecret {
  return {
    origin,
    keyInputs: [secret.reveal()],
    value: () => Promise.resolve(secret),
  };
}
