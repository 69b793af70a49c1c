import type { Origin } from '../cache/entry.ts';
import type { KeyInput } from '../cache/key.ts';
import type { Instant } from '../ports.ts';
import type { Secret } from '../secret.ts';

/** A credential, how long it was good for when it was asked for, and when that was. */
export interface RecipeToken {
  readonly token: Secret;
  readonly remainingMs: number;
  readonly asked: Instant;
}

/** How a credential comes about, once it is known which one is wanted. */
export interface CredentialMethod {
  /** Every input that can change the credential. */
  readonly inputs: readonly KeyInput[];
  /** What the cache's list shows of it. */
  readonly origin: Origin;
  /**
   * Gets together what the request needs, and gives the request itself, which may be made again.
   * @throws DexchangeError of exit codes 2 to 5
   */
  prepare(): Promise<() => Promise<RecipeToken>>;
}
