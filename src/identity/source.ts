import type { Secret } from '../secret.ts';

export type SubjectTokenType = 'id_token' | 'access_token';

/**
 * Where an identity token comes from. Selecting a source and computing its key inputs sends no
 * request; `obtain` may send one. It is called on each cache miss and never on a hit.
 */
export interface IdentitySource {
  readonly name: string;
  /** For errors and `-v`: `variable CI_TOKEN`, `client credentials of ci at idp.example.com`. */
  readonly origin: string;
  /** The subject token type for Dex, unless the user sets another. */
  readonly tokenType: SubjectTokenType;
  /**
   * Every input that can change the token, as part of the cache key: the token itself if it is
   * provided, else the complete request for it.
   */
  readonly keyInputs: readonly string[];
  /** The hint if Dex denies the token because it has expired. */
  readonly whenExpired: string;
  /** @throws DexchangeError with exit code 3, or 5 if a server could not be reached */
  obtain(): Promise<Secret>;
}
