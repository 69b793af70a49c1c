import type { Settings } from '../config/resolve.ts';
import { selectIdentity } from '../identity/select.ts';
import { cacheInputs } from './cache-inputs.ts';
import { exchangeSettings } from './exchange-settings.ts';
import { identitySettings } from './identity-settings.ts';
import type { Outside, RenewalOnDemand } from './outside.ts';
import { clientSecretNames, secretSetting } from './secret-settings.ts';
import type { TokenRecipe } from './token-recipe.ts';

/**
 * A credential by exchange at Dex of the identity token that the settings name.
 * @throws DexchangeError setting_*, identity_*, subject_token_*
 */
export function exchangeRecipe(
  settings: Settings,
  outside: Outside,
  renewal: RenewalOnDemand,
): TokenRecipe {
  const exchange = exchangeSettings(settings);
  const said = (['dex-url', 'client-id', 'connector-id'] as const).map(
    (name) => `${name} ${settings.value(name)} (${settings.found(name)?.origin.name})`,
  );
  outside.debug(`settings: ${said.join(', ')}`);
  const clientSecret = secretSetting(clientSecretNames, settings, outside, renewal);
  outside.observe?.({ kind: 'client', exchange, secret: clientSecret });
  const options = identitySettings(settings, outside, renewal);
  outside.observe?.({ kind: 'identity-options', options });
  const identity = selectIdentity(options);
  const subjectTokenType = settings.value('subject-token-type') ?? identity.tokenType;
  outside.observe?.({ kind: 'identity', source: identity, subjectTokenType });
  outside.debug(`identity: ${identity.name} (${identity.origin}), as ${subjectTokenType}`);
  return {
    inputs: cacheInputs(exchange, clientSecret, identity, subjectTokenType, settings),
    origin: { dex: exchange.dexUrl, connector: exchange.connectorId },
    async prepare() {
      const { exchangeToken } = await renewal();
      const subjectToken = await identity.obtain();
      outside.observe?.({ kind: 'subject-token', token: subjectToken });
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
        outside.observe?.({ kind: 'dex-token', token: answered });
        const lifeSeconds = Math.round(answered.remainingMs / 1000);
        outside.debug(`exchange: Dex gave a credential for ${lifeSeconds} s`);
        return answered;
      };
    },
  };
}
