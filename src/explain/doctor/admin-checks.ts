import type { Settings } from '../../config/resolve.ts';
import { asDexchangeError } from '../../errors.ts';
import type { KubernetesApi } from '../../kubernetes/client/api.ts';
import { type Check, discover } from '../../usecases/discover.ts';
import { failed, ok, skipped, warning } from './check.ts';
import type { DoctorCheck } from './report.ts';

/**
 * What an administrator must have prepared in the cluster, and may change there: the values,
 * prerequisites and permissions that `dexchange discover` reads.
 */
export async function adminChecks(
  settings: Settings,
  api: KubernetesApi,
): Promise<readonly DoctorCheck[]> {
  try {
    const { values, checks } = await discover(settings, api);
    const hosts = values.filter(({ name }) => name.endsWith('_HOST'));
    const found = hosts.map(({ name, value, place }) => `${name} ${String(value)} (${place})`);
    return [...found.map((text) => ok('cluster', text)), ...checks.map(clusterCheck)];
  } catch (error) {
    return [failed('cluster', asDexchangeError(error))];
  }
}

function clusterCheck({ name, state, text, hint }: Check): DoctorCheck {
  const check = name === 'permission' ? 'permissions' : 'cluster';
  const found = `${name === 'permission' ? '' : `${name}: `}${text}`;
  switch (state) {
    case 'ok':
      return ok(check, found);
    case 'warning':
      return warning(check, found, hint ?? null);
    default:
      // Basic Auth is another method: token exchange does not need it.
      if (name === 'Basic Auth' && hint === undefined) return skipped(check, found);
      // An administrator may have only a part of the tasks.
      if (check === 'permissions') {
        return warning(check, found, hint ?? 'ask an administrator who may do it, if you need to');
      }
      return failed(check, {
        code: state === 'unknown' ? 'api_forbidden' : 'api_missing',
        message: found,
        hint: hint ?? 'prepare it by `dexchange manifests token-exchange`',
      });
  }
}
