import type { Secret } from './secret.ts';

/**
 * A secret whose value may not have been obtained yet. `keyInputs` is part of the cache key and
 * needs no command to run; `value` is called only when the secret is needed.
 */
export interface DeferredSecret {
  /**
   * Where it comes from, for messages: `variable CI_TOKEN`, `file /run/secrets/x`, `command vault`.
   */
  readonly origin: string;
  /** Every input that can change the value, possibly the value itself. Never shown. */
  readonly keyInputs: readonly string[];
  /** @throws DexchangeError that names the origin if the value cannot be obtained */
  value(): Promise<Secret>;
}

/** A deferred secret whose value is already known. */
export function readySecret(origin: string, secret: Secret): DeferredSecret {
  return {
    origin,
    keyInputs: [secret.reveal()],
    value: () => Promise.resolve(secret),
  };
}
