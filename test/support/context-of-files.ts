import { delimiter } from 'node:path';
import { resolveSettings } from '../../src/config/resolve.ts';
import { selectedContext } from '../../src/inputs/kubeconfig.ts';
import type { KubeconfigContext } from '../../src/kubernetes/kubeconfig/context.ts';
import { readTextFile } from '../../src/platform/text-file.ts';

/**
 * The context of kubeconfigs in a list of files, as commands select it.
 * @throws DexchangeError kubeconfig_*
 */
export function contextOfFiles(
  paths: readonly string[],
  wanted: string | undefined,
): KubeconfigContext {
  const env = { KUBECONFIG: paths.join(delimiter) };
  const settings = resolveSettings({
    command: 'whoami',
    flags: new Map([
      ['timeout', [{ flag: 'timeout', text: '1s' }]],
      ...(wanted === undefined
        ? []
        : ([['context', [{ flag: 'context', text: wanted }]]] as const)),
    ]),
    env,
    clusterConfig: undefined,
  });
  return selectedContext(settings, { env, cwd: () => process.cwd(), readTextFile }).context;
}
