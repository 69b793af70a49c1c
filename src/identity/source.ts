import type { Secret } from '../secret.ts';

export type SubjectTokenType = 'id_token' | 'access_token';

/**
 * Where an identity token comes from. Choosing a source and knowing its key inputs costs nothing
 * and asks nobody; `obtain` may, and is called on every cache miss, never on a hit.
 */
export interface IdentitySource {
  readonly name: string;
  /** In words, for errors and `-v`: `variable CI_TOKEN`, `client credentials of ci at https://…`. */
  readonly origin: string;
  /** What Dex must take the token for, unless the user says otherwise. */
  readonly tokenType: SubjectTokenType;
  /**
   * All that can change the token: for a token at hand the token itself, for a minting source its
   * whole request. Part of the cache key.
   */
  readonly keyInputs: readonly string[];
  /** What to do when Dex refuses the token because it has expired: a hint. */
  readonly whenExpired: string;
  /** @throws DexchangeError of exit code 3, or 5 if a server could not be reached */
  obtain(): Promise<Secret>;
}
