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

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an invalid URL';
}
