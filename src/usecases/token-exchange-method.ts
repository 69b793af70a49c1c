import { selectIdentity } from '../identity/select.ts';
import { exchangeKeyInputs } from '../inputs/cache.ts';
import type { TokenExchangeInput } from '../inputs/exchange.ts';
import type { CredentialMethod } from './get-token.ts';
import type { LazyNetwork } from './token-network.ts';
import type { Trace } from './trace-event.ts';

/**
 * Creates the method that exchanges an identity token at Dex; selects the source of the token. Sends
 * a request only if the cache key needs the account of the source: see IdentitySource.
 * @throws DexchangeError setting_*, identity_*, subject_token_*; with a request also server_*
 */
export async function tokenExchangeMethod(
  input: TokenExchangeInput,
  { exchangeToken, reopen }: Pick<LazyNetwork, 'exchangeToken' | 'reopen'>,
  trace: Trace,
): Promise<CredentialMethod> {
  const { exchange, clientSecret } = input;
  trace({ kind: 'client', exchange, clientSecret });
  trace({ kind: 'identity-options', options: input.identity });
  const identity = selectIdentity(input.identity);
  const subjectTokenType = input.subjectTokenType ?? identity.tokenType;
  trace({ kind: 'identity', source: identity, subjectTokenType });
  const account = await identity.account?.();
  // The cache sets its own deadlines.
  if (account !== undefined) await reopen();
  const key = { exchange, clientSecret, identity, subjectTokenType, account };
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
