import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import type { TokenSpec } from '../kubernetes/token-request.ts';
import { givenAudience } from './identity.ts';
import { type KubeconfigPorts, rejectSelf, selectedContext } from './kubeconfig.ts';

/** The input of method service-account. */
export interface ServiceAccountInput {
  readonly spec: TokenSpec;
  /** The context whose credential requests the token. */
  readonly context: KubeconfigContext;
  /** The deadline of the call, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Builds the input of method service-account; reads the kubeconfig.
 * @throws DexchangeError setting_*, kubeconfig_*
 */
export function serviceAccountInput(
  settings: Settings,
  ports: KubeconfigPorts,
): ServiceAccountInput {
  const spec: TokenSpec = {
    namespace: namespaceName(requireSetting(settings, 'namespace'), '--namespace'),
    serviceAccount: objectName(requireSetting(settings, 'service-account'), '--service-account'),
    audience: givenAudience(settings),
    durationMs: settings.value('duration'),
  };
  const selected = selectedContext(settings, ports);
  rejectSelf(selected);
  return {
    spec,
    context: selected.context,
    timeoutMs: settings.value('timeout'),
  };
}
