import type { Settings } from '../../config/resolve.ts';
import { DexchangeError } from '../../errors.ts';
import { type SelectedContext, selectedContext } from '../../inputs/kubeconfig.ts';
import { failed, skipped } from './check.ts';
import { kubeconfigChecks } from './kubeconfig-check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/** The kubeconfig that kubectl would use. */
export type Kubeconfig =
  | { readonly kind: 'found'; readonly selected: SelectedContext }
  /** There is none, and neither a flag nor KUBECONFIG names one. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly error: DexchangeError };

/** Finds the kubeconfig and its context as kubectl does; a failure is a result. */
export function readKubeconfig(settings: Settings, ports: DoctorPorts): Kubeconfig {
  try {
    return { kind: 'found', selected: selectedContext(settings, ports) };
  } catch (error) {
    if (!(error instanceof DexchangeError)) throw error;
    const isNamed = settings.value('kubeconfig') !== undefined || ports.env['KUBECONFIG'];
    if (error.code === 'kubeconfig_unreadable' && !isNamed) return { kind: 'absent' };
    return { kind: 'failed', error };
  }
}

/**
 * The checks of the kubeconfig.
 * @param isNeeded whether nothing else says which cluster and credential are meant
 */
export function kubeconfigResult(
  kubeconfig: Kubeconfig,
  isNeeded: boolean,
  ports: DoctorPorts,
): readonly DoctorCheck[] {
  switch (kubeconfig.kind) {
    case 'found': {
      const { context, paths } = kubeconfig.selected;
      return kubeconfigChecks(context, paths, ports);
    }
    case 'failed':
      return [failed('kubeconfig', kubeconfig.error)];
    case 'absent':
      if (!isNeeded) {
        return [skipped('kubeconfig', 'there is none: the settings are flags and variables')];
      }
      return [failed('kubeconfig', nothingConfigured)];
  }
}

const nothingConfigured = {
  code: 'kubeconfig_unreadable',
  message: 'nothing is configured: there is no kubeconfig, and no setting of get-token',
  hint: 'run `dexchange kubeconfig token-exchange --discover --connector-id gitlab --write-to ci.kubeconfig` where you have access to the cluster, then `dexchange doctor --kubeconfig ci.kubeconfig` in the job',
} as const;
