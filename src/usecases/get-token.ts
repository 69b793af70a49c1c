import { credentialCache, type RenewingRuntime } from '../cache/credential-cache.ts';
import type { Entry } from '../cache/entry.ts';
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
  /** Why a cache is of no use to the call; undefined if it is. */
  readonly needsNoCache?: string;
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
    const entry = await obtainEntry(method, policy, { runtime, network, trace });
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

async function obtainEntry(
  method: CredentialMethod,
  policy: CachePolicy,
  { runtime, network, trace }: GetTokenPorts,
): Promise<Pick<Entry, 'obtained' | 'lifeMs' | 'token'>> {
  const { keyInputs, needsNoCache: why, prepare } = method;
  if (why !== undefined) {
    trace({ kind: 'cache-place', keyInputs, place: { off: why, isNeedless: true } });
    const request = await prepare(() => policy.timeoutMs);
    const { token, remainingMs, requestedAt } = await request();
    return { obtained: requestedAt, lifeMs: remainingMs, token };
  }
  const cache = credentialCache(method, policy, runtime, trace);
  const found = cache.look();
  return found.kind === 'hit' ? found.entry : cache.renew(found, network, prepare);
}
