import { delimiter, isAbsolute, join } from 'node:path';
import type { Settings } from '../../config/resolve.ts';
import { DexchangeError } from '../../errors.ts';
import { type SelectedContext, selectedContext } from '../../inputs/kubeconfig.ts';
import { quotePath } from '../../sanitize.ts';
import { failed, skipped, warning } from './check.ts';
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
      const ignored = context.kubeconfig === undefined ? missingFiles(paths, ports) : [];
      return [...kubeconfigChecks(context, paths, ports), ...ignored];
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

/** The files of KUBECONFIG that kubectl ignores because they do not exist. */
function missingFiles(
  paths: readonly string[],
  { env, cwd }: Pick<DoctorPorts, 'env' | 'cwd'>,
): readonly DoctorCheck[] {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const missing = listed.filter((path) => {
    return !paths.includes(isAbsolute(path) ? path : join(cwd(), path));
  });
  if (missing.length === 0) return [];
  const names = missing.map((path) => quotePath(path)).join(', ');
  const fix = 'remove it from KUBECONFIG, or correct the path: kubectl ignores it without a word';
  return [warning('kubeconfig', `KUBECONFIG lists a file that does not exist: ${names}`, fix)];
}

const nothingConfigured = {
  code: 'kubeconfig_unreadable',
  message: 'nothing is configured: there is no kubeconfig, and no setting of get-token',
  hint: 'run `dexchange kubeconfig token-exchange --discover --connector-id gitlab --write-to ci.kubeconfig` where you have access to the cluster, then `dexchange doctor --kubeconfig ci.kubeconfig` in the job',
} as const;
