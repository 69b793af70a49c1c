import type { Settings } from '../config/resolve.ts';
import { identityCredentialInput } from '../inputs/identity-credential.ts';
import type { CredentialMethod } from '../usecases/get-token.ts';
import { identityMethod as method } from '../usecases/identity-method.ts';
import type { IdentityRuntime } from '../usecases/obtain-credential.ts';

/**
 * Wires method identity. Loaded by main on first use. Sends nothing by itself: the network is that of
 * the call.
 * @throws DexchangeError setting_*, identity_*, subject_token_*
 */
export function identityMethod(
  settings: Settings,
  runtime: IdentityRuntime,
): Promise<CredentialMethod> {
  return method(identityCredentialInput(settings, runtime), runtime);
}
