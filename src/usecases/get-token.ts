import { credentialCache, type RenewingRuntime } from '../cache/credential-cache.ts';
import { freshness } from '../cache/freshness.ts';
import type { CacheKey, CachePolicy } from '../cache/policy.ts';
import type { CacheNetwork, PrepareRequest } from '../cache/renewal.ts';
import type { Secret } from '../secret.ts';
import type { Trace } from './trace-event.ts';

/** A way to obtain a credential, bound to the settings of a call. */
export interface CredentialMethod extends CacheKey {
  /**
   * Collects what the request needs, such as the identity token, and returns the request, which can
   * be sent twice.
   * @throws DexchangeError of exit codes 2 to 6
   */
  readonly prepare: PrepareRequest;
}

/** A credential to print. */
export interface Credential {
  readonly token: Secret;
  /** When to request a new one: shortly before expiry, in local milliseconds since the epoch. */
  readonly expirationMs: number;
  /** How long it was valid when it was issued, in milliseconds. */
  readonly lifeMs: number;
}

/** What getToken needs besides the method and the policy. */
export interface GetTokenPorts {
  readonly runtime: RenewingRuntime;
  readonly network: CacheNetwork & { close(): Promise<void> };
  readonly trace: Trace;
}

/**
 * Returns a credential for the Kubernetes API: a fresh one from the cache, or else a new one from the
 * method, which is then stored in the cache.
 * @throws DexchangeError of exit codes 2 to 6
 */
export async function getToken(
  method: CredentialMethod,
  policy: CachePolicy,
  { runtime, network, trace }: GetTokenPorts,
): Promise<Credential> {
  try {
    const cache = credentialCache(method, policy, runtime, trace);
    const found = cache.look();
    const entry =
      found.kind === 'hit' ? found.entry : await cache.renew(found, network, method.prepare);
    const now = runtime.now();
    const { remainingMs } = freshness(entry, now, undefined);
    return {
      token: entry.token,
      expirationMs: now.wallMs + remainingMs,
      lifeMs: entry.lifeMs,
    };
  } finally {
    await network.close();
  }
}
