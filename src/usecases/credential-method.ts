import type { CacheKey } from '../cache/policy.ts';
import type { PrepareRequest } from '../cache/renewal.ts';

/** A way to obtain a credential, bound to the settings of a call. */
export interface CredentialMethod extends CacheKey {
  /**
   * Collects what the request needs, such as the identity token, and returns the request, which can
   * be sent twice.
   * @throws DexchangeError of exit codes 2 to 6
   */
  readonly prepare: PrepareRequest;
}
