import { delimiter } from 'node:path';
import { Settings } from '../../src/config/resolve.ts';
import { selectedContext } from '../../src/inputs/kubeconfig.ts';
import type { KubeconfigContext } from '../../src/kubernetes/kubeconfig/context.ts';
import { readTextFile } from '../../src/platform/text-file.ts';

/**
 * The context of kubeconfigs in a list of files, as commands select it.
 * @param wanted as it is given, also empty or with blanks
 * @throws DexchangeError kubeconfig_*
 */
export function contextOfFiles(
  paths: readonly string[],
  wanted: string | undefined,
): KubeconfigContext {
  const given = (value: unknown) => ({
    value,
    origin: { level: 'flag', name: 'test' } as const,
    overrode: [],
  });
  const settings = new Settings(
    new Map([
      ['timeout', given(1000)],
      ['context', given(wanted)],
    ]),
  );
  const env = { KUBECONFIG: paths.join(delimiter) };
  return selectedContext(settings, { env, cwd: () => process.cwd(), readTextFile }).context;
}
