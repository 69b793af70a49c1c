import type { Settings } from '../config/resolve.ts';
import { selectIdentity } from '../identity/select.ts';
import { cacheKeyInputs } from '../inputs/cache-key.ts';
import { exchangeInput } from '../inputs/exchange.ts';
import { identityOptions } from '../inputs/identity.ts';
import { clientSecretNames, secretSetting } from '../inputs/secrets.ts';
import type { CredentialMethod } from './credential-method.ts';
import type { OpenNetwork, Runtime } from './outside.ts';

/**
 * A credential by exchange at Dex of the identity token that the settings name.
 * @throws DexchangeError setting_*, identity_*, subject_token_*
 */
export function tokenExchangeMethod(
  settings: Settings,
  runtime: Runtime,
  network: OpenNetwork,
): CredentialMethod {
  const exchange = exchangeInput(settings);
  const said = (['dex-url', 'client-id', 'connector-id'] as const).map(
    (name) => `${name} ${settings.value(name)} (${settings.found(name)?.origin.name})`,
  );
  runtime.debug(`settings: ${said.join(', ')}`);
  const clientSecret = secretSetting(clientSecretNames, settings, runtime, network);
  runtime.observe?.({ kind: 'client', exchange, secret: clientSecret });
  const options = identityOptions(settings, runtime, network);
  runtime.observe?.({ kind: 'identity-options', options });
  const identity = selectIdentity(options);
  const subjectTokenType = settings.value('subject-token-type') ?? identity.tokenType;
  runtime.observe?.({ kind: 'identity', source: identity, subjectTokenType });
  runtime.debug(`identity: ${identity.name} (${identity.origin}), as ${subjectTokenType}`);
  return {
    inputs: cacheKeyInputs(exchange, clientSecret, identity, subjectTokenType, settings),
    origin: { dex: exchange.dexUrl, connector: exchange.connectorId },
    async prepare() {
      const { exchangeToken } = await network();
      const subjectToken = await identity.obtain();
      runtime.observe?.({ kind: 'subject-token', token: subjectToken });
      const secret = await clientSecret.value();
      return async () => {
        const answered = await exchangeToken(
          {
            ...exchange,
            clientSecret: secret,
            clientSecretOrigin: clientSecret.origin,
            subjectTokenType,
            subjectTokenOrigin: identity.origin,
          },
          subjectToken,
          identity.whenExpired,
        );
        runtime.observe?.({ kind: 'dex-token', token: answered });
        const lifeSeconds = Math.round(answered.remainingMs / 1000);
        runtime.debug(`exchange: Dex gave a credential for ${lifeSeconds} s`);
        return answered;
      };
    },
  };
}
