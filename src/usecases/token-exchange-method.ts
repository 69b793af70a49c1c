import { selectIdentity } from '../identity/select.ts';
import { exchangeKeyInputs } from '../inputs/cache.ts';
import type { TokenExchangeInput } from '../inputs/exchange.ts';
import type { CredentialMethod } from './get-token.ts';
import type { TokenRequests } from './token-network.ts';
import type { Trace } from './trace-event.ts';

/**
 * Creates the method that exchanges an identity token at Dex; selects the source of the token.
 * @throws DexchangeError setting_*, identity_*, subject_token_*
 */
export function tokenExchangeMethod(
  input: TokenExchangeInput,
  { exchangeToken }: Pick<TokenRequests, 'exchangeToken'>,
  trace: Trace,
): CredentialMethod {
  const { exchange, clientSecret } = input;
  trace({ kind: 'client', exchange, clientSecret });
  trace({ kind: 'identity-options', options: input.identity });
  const identity = selectIdentity(input.identity);
  const subjectTokenType = input.subjectTokenType ?? identity.tokenType;
  trace({ kind: 'identity', source: identity, subjectTokenType });
  const key = { exchange, clientSecret, identity, subjectTokenType };
  return {
    keyInputs: exchangeKeyInputs(key, input.trust),
    label: { dex: exchange.dexUrl, connector: exchange.connectorId },
    async prepare() {
      const subjectToken = await identity.obtain();
      trace({ kind: 'subject-token', token: subjectToken });
      const request = {
        ...exchange,
        clientSecret: await clientSecret.value(),
        clientSecretOrigin: clientSecret.origin,
        subjectTokenType,
        subjectTokenOrigin: identity.origin,
      };
      return async () => {
        const token = await exchangeToken(request, subjectToken, identity.whenExpired);
        trace({ kind: 'dex-token', token });
        return token;
      };
    },
  };
}
