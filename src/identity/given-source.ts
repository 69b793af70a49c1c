import type { DeferredSecret } from '../secret.ts';
import { cleanToken } from './clean-token.ts';
import type { IdentitySource } from './source.ts';

/**
 * A source for a token that the user or the system provides as a value, a file or a command.
 * @param whenExpired the hint if Dex denies the token because it has expired
 * @param ifLonger what to do if the job runs longer than the token lives; default `whenExpired`
 */
export function givenSource(
  name: string,
  token: DeferredSecret,
  whenExpired: string,
  ifLonger?: string,
): IdentitySource {
  return {
    name,
    origin: token.origin,
    tokenType: 'id_token',
    keyInputs: [name, ...token.keyInputs],
    isAtHand: token.isReady,
    whenExpired,
    ifLonger,
    obtain: async () => cleanToken(await token.value(), token.origin),
  };
}
