import type { DeferredSecret } from '../secret.ts';
import { cleanToken } from './clean-token.ts';
import type { IdentitySource } from './source.ts';

/**
 * A source for a token that the user or the system provides as a value, a file or a command.
 * @param whenExpired the hint if Dex denies the token because it has expired
 */
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
    isAtHand: token.isReady,
    whenExpired,
    obtain: async () => cleanToken(await token.value(), token.origin),
  };
}
