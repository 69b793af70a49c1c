import type { KeyInput } from '../cache/key.ts';
import type { Settings } from '../config/resolve.ts';
import type { DeferredSecret } from '../deferred-secret.ts';
import type { IdentityOptions } from '../identity/select.ts';
import { trustKeyInputs } from './cache-key.ts';
import { type ExchangeInput, exchangeInput } from './exchange.ts';
import { type IdentityPorts, identityOptions } from './identity.ts';
import { clientSecretNames, type SecretPorts, secretsOf } from './secrets.ts';

/** Everything that the settings say of a token exchange. */
export interface TokenExchangeInput {
  readonly exchange: ExchangeInput;
  readonly clientSecret: DeferredSecret;
  readonly identity: IdentityOptions;
  /** Undefined is the type that the identity source gives. */
  readonly subjectTokenType: string | undefined;
  readonly trust: readonly KeyInput[];
}

/**
 * The input of a token exchange.
 * @throws DexchangeError setting_missing, setting_conflict, setting_invalid,
 *   setting_file_unreadable, url_insecure
 */
export function tokenExchangeInput(
  settings: Settings,
  ports: SecretPorts & IdentityPorts,
): TokenExchangeInput {
  const exchange = exchangeInput(settings);
  const secrets = secretsOf(settings, ports);
  return {
    exchange,
    clientSecret: secrets.get(clientSecretNames),
    identity: identityOptions(settings, secrets, ports.readFile, ports),
    subjectTokenType: settings.value('subject-token-type'),
    trust: trustKeyInputs(settings),
  };
}
