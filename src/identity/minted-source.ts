import { DexchangeError } from '../errors.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import { type AmbientSystem, type Surroundings, variableValue } from './ambient-system.ts';
import type { CiTokenRequest } from './ci-token-request.ts';
import type { IdentitySource } from './source.ts';

/**
 * A source that requests a new token from a CI system on each cache miss.
 * @param keyInputs every input that can change the token: URL, credential, audience
 */
export function mintedSource(
  system: Pick<AmbientSystem, 'name' | 'tokenType'>,
  keyInputs: readonly string[],
  request: CiTokenRequest,
  surroundings: Surroundings,
): IdentitySource {
  return {
    name: system.name,
    origin: `${request.title} at ${hostOf(request.url)}`,
    tokenType: system.tokenType,
    keyInputs: [system.name, ...keyInputs],
    isAtHand: false,
    whenExpired: `${request.title} has just issued it: compare its clock with the clock of the machine that runs Dex`,
    obtain: () => surroundings.requestToken(request),
  };
}

/**
 * The value of a variable that is known to be set; rejects an unexpanded `$NAME`.
 * @throws DexchangeError setting_not_expanded
 */
export function expandedVariable(env: Surroundings['env'], name: string): string {
  const value = variableValue(env, name) ?? '';
  rejectPlaceholder(value, `variable ${name}`, true);
  return value;
}

/**
 * The audience to request a token for. Without Dex there is no default that is safe: an API server that
 * accepts an audience of others accepts the tokens that jobs send to those others.
 * @throws DexchangeError setting_missing
 */
export function requestedAudience({ audience }: Surroundings, title: string): string {
  if (audience !== undefined) return audience;
  throw new DexchangeError(
    'setting_missing',
    `not set: --identity-audience (needed for a token of ${title} with method identity)`,
    {
      hint: 'set --identity-audience or DEXCHANGE_IDENTITY_AUDIENCE to one of the audiences that the API server accepts from this issuer (AuthenticationConfiguration, jwt[].issuer.audiences)',
    },
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an invalid URL';
}
