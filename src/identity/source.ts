import type { Secret } from '../secret.ts';

export type SubjectTokenType = 'id_token' | 'access_token';

/**
 * Where an identity token comes from. Selecting a source and computing its key inputs sends no
 * request; `obtain` may send one. It is called on each cache miss, and on a hit only by `account`.
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
  /**
   * Whether every call has the token anyway, even one that finds a credential in the cache: it is in
   * a variable or file, or `account` has requested it.
   */
  readonly isAtHand: boolean;
  /**
   * Requests the unique id of the account that the token is for, as part of the cache key. Only for a
   * source that identifies the caller by its network address, which no other key input can replace.
   * @throws the errors of `obtain`
   */
  account?(): Promise<string>;
  /** The hint if Dex denies the token because it has expired. */
  readonly whenExpired: string;
  /** What to do if the job needs a credential for longer than its token lives; default `whenExpired`. */
  readonly ifLonger?: string | undefined;
  /** @throws DexchangeError with exit code 3, or 5 if a server could not be reached */
  obtain(): Promise<Secret>;
}
