import type { DeferredSecret } from '../deferred-secret.ts';
import { cleanToken } from './clean-token.ts';
import type { IdentitySource } from './source.ts';

/** A source whose token is at hand, or in a place that is read on each miss: the token is the key. */
export function givenSource(
  name: string,
  token: DeferredSecret,
  whenExpired: string,
): IdentitySource {
  return {
    name,
    origin: token.origin,
    tokenType: 'id_token',
    keyInputs: [name, ...token.keyInputs],
    whenExpired,
    obtain: async () => cleanToken(await token.value(), token.origin),
  };
}
