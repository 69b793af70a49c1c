import type { KeyInput } from '../cache/key.ts';
import type { Settings } from '../config/resolve.ts';
import type { IdentityOptions } from '../identity/select.ts';
import { trustKeyInputs } from './cache.ts';
import { givenAudience, type IdentityPorts, identityOptions } from './identity.ts';
import { type SecretPorts, secretsOf } from './secrets.ts';

/** The input of method identity. */
export interface IdentityCredentialInput {
  readonly identity: IdentityOptions;
  /** The audience that the token must have; undefined if `--audience` is not set. */
  readonly audience: string | undefined;
  /** The minimum remaining lifetime of the credential, in milliseconds; 0 accepts every valid one. */
  readonly minTtlMs: number;
  readonly trust: readonly KeyInput[];
}

/**
 * Builds the input of method identity from the settings. Ignores the settings of Dex, as method
 * service-account does.
 * @throws DexchangeError setting_*, subject_token_*
 */
export function identityCredentialInput(
  settings: Settings,
  ports: SecretPorts & IdentityPorts,
): IdentityCredentialInput {
  const secrets = secretsOf(settings, ports);
  return {
    identity: identityOptions(settings, secrets, ports.readFile, ports),
    audience: givenAudience(settings),
    minTtlMs: settings.value('min-ttl') ?? 0,
    trust: trustKeyInputs(settings, ports.readFile),
  };
}
