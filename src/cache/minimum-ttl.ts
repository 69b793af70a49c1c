import { formatDuration } from '../duration.ts';
import { DexchangeError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { minTtlToleranceMs } from './policy.ts';

/**
 * Rejects a --min-ttl that even a new credential does not have.
 * @param entry a credential that has just been obtained
 * @throws DexchangeError setting_invalid
 */
export function requireTtl({ lifeMs }: Pick<Entry, 'lifeMs'>, minTtlMs: number): void {
  if (minTtlMs === 0 || lifeMs + minTtlToleranceMs >= minTtlMs) return;
  throw new DexchangeError(
    'setting_invalid',
    `--min-ttl is ${formatDuration(minTtlMs)}, but a new credential lasts only ${formatDuration(lifeMs)}`,
    {
      hint: 'lower --min-ttl, or raise the lifetime: idTokenTTL of module user-authn, --duration with method service-account, or that of the identity token with method identity',
    },
  );
}
