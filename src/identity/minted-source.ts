import { rejectPlaceholder } from '../placeholders.ts';
import { type AmbientSystem, present, type Surroundings } from './ambient-system.ts';
import type { CiTokenRequest } from './ci-token-request.ts';
import type { IdentitySource } from './source.ts';

/**
 * A source that has a system mint a token on each miss.
 * @param keyInputs all that can change the token: address, credential, audience
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
    whenExpired: `${request.title} issued it just now: compare its clock with that of the machine Dex runs on`,
    obtain: () => surroundings.requestToken(request),
  };
}

/**
 * The value of a variable that is known to be there.
 * @throws DexchangeError setting_not_expanded
 */
export function expanded(env: Surroundings['env'], name: string): string {
  const value = present(env, name) ?? '';
  rejectPlaceholder(value, `variable ${name}`, true);
  return value;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'a place that is no URL';
}
