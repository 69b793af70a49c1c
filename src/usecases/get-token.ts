import { credentialCache, type RenewingRuntime } from '../cache/credential-cache.ts';
import type { Entry } from '../cache/entry.ts';
import { freshness } from '../cache/freshness.ts';
import type { CacheKey, CachePolicy } from '../cache/policy.ts';
import type { CacheNetwork, PrepareRequest } from '../cache/renewal.ts';
import { formatDuration } from '../duration.ts';
import { DexchangeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Trace } from './trace-event.ts';

/** How a credential is obtained, once it is known which one is wanted. */
export interface CredentialMethod extends CacheKey {
  /**
   * Collects what the request needs, such as the identity token, and gives the request itself,
   * which may be made twice.
   * @throws DexchangeError of exit codes 2 to 6
   */
  readonly prepare: PrepareRequest;
}

/** A credential to print. */
export interface Credential {
  readonly token: Secret;
  /** When to ask again, in local milliseconds since the epoch: shortly before the token expires. */
  readonly expirationMs: number;
}

/** What getToken works with, besides the method that obtains the credential. */
export interface GetTokenPorts {
  readonly runtime: RenewingRuntime;
  readonly network: CacheNetwork & { close(): Promise<void> };
  readonly trace: Trace;
}

/**
 * Gives a credential for the Kubernetes API: from the cache if it holds a fresh one, otherwise
 * obtained by the method and stored.
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
    requireTtl(entry, policy.minTtlMs);
    const now = runtime.now();
    const { remainingMs } = freshness(entry, now, undefined);
    return { token: entry.token, expirationMs: now.wallMs + remainingMs };
  } finally {
    await network.close();
  }
}

/** Rounding and the way of the answer may cost a new credential this much of its life. */
const ttlToleranceMs = 15_000;

/** A credential that was just issued cannot be replaced by one that lasts longer. */
function requireTtl({ lifeMs }: Entry, minTtlMs: number): void {
  if (minTtlMs === 0 || lifeMs + ttlToleranceMs >= minTtlMs) return;
  throw new DexchangeError(
    'setting_invalid',
    `--min-ttl is ${formatDuration(minTtlMs)}, but a new credential lasts only ${formatDuration(lifeMs)}`,
    { hint: 'lower --min-ttl, or raise the lifetime at the issuer (idTokenTTL of user-authn)' },
  );
}
