import type { Settings } from '../../config/resolve.ts';
import { asDexchangeError } from '../../errors.ts';
import type { KubernetesApi } from '../../kubernetes/client/api.ts';
import { selectionFlags } from '../../kubernetes/kubeconfig/context-flags.ts';
import { discover } from '../../usecases/discover/discover.ts';
import type { Check } from '../../usecases/discover/discovery.ts';
import { failed, ok, skipped, warning } from './check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/**
 * What an administrator must have prepared in the cluster, and may change there: the values,
 * prerequisites and permissions that `dexchange discover` reads.
 */
export async function adminChecks(
  settings: Settings,
  api: KubernetesApi,
  ports: Pick<DoctorPorts, 'publicRoots'>,
): Promise<readonly DoctorCheck[]> {
  try {
    const { values, checks } = await discover(settings, api, ports.publicRoots());
    const hosts = values.filter(({ name }) => name.endsWith('_HOST'));
    const found = hosts.map(({ name, value, place }) => `${name} ${String(value)} (${place})`);
    const command = `dexchange discover${selectionFlags(settings.value('kubeconfig'), settings.value('context'))}`;
    const results = checks.map((check) => clusterCheck(check, command));
    return [...found.map((text) => ok('cluster', text)), ...missingFirst(results)];
  } catch (error) {
    return [failed('cluster', asDexchangeError(error))];
  }
}

/** What is missing decides the exit code before what is forbidden, as that of `discover`. */
function missingFirst(checks: readonly DoctorCheck[]): readonly DoctorCheck[] {
  const isMissing = ({ exitCode }: DoctorCheck): boolean => exitCode === 2;
  return [...checks.filter(isMissing), ...checks.filter((check) => !isMissing(check))];
}

/** @param command prints the command that allows what is forbidden */
function clusterCheck({ name, state, text, hint }: Check, command: string): DoctorCheck {
  const check = name === 'permission' ? 'permissions' : 'cluster';
  const found = `${name === 'permission' ? '' : `${name}: `}${text}`;
  switch (state) {
    case 'ok':
      return ok(check, found);
    case 'warning':
      return warning(check, found, hint ?? null);
    case 'off':
      return skipped(check, `${found}, so it is off`);
    default:
      // An administrator may have only a part of the tasks.
      if (check === 'permissions') {
        return warning(check, found, hint ?? 'ask an administrator who may do it, if you need to');
      }
      if (state === 'unknown') {
        const fix = `run \`${command}\`, and ask a cluster administrator to run the command that it prints at the end`;
        return failed(check, { code: 'api_forbidden', message: found, hint: fix });
      }
      return {
        ...failed(check, {
          code: 'api_missing',
          message: found,
          hint: hint ?? 'prepare it by `dexchange manifests token-exchange`',
        }),
        exitCode: 2,
      };
  }
}
