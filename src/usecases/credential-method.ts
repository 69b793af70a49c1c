import type { CacheKey } from '../cache/policy.ts';
import type { PrepareRequest } from '../cache/renewal.ts';

/** How a credential is obtained, once it is known which one is wanted. */
export interface CredentialMethod extends CacheKey {
  /**
   * Collects what the request needs, such as the identity token, and gives the request itself,
   * which may be made twice.
   * @throws DexchangeError of exit codes 2 to 6
   */
  readonly prepare: PrepareRequest;
}
