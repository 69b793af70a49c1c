import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings } from '../config/resolve.ts';
import { manifestsAsJson, manifestsAsYaml } from '../kubernetes/manifests/manifest-text.ts';
import { manifests } from '../usecases/manifests.ts';
import type { Method } from '../usecases/method.ts';
import { onDemand } from '../usecases/on-demand.ts';
import type { CliOutside } from './command-line.ts';
import { outputForm } from './output-form.ts';

/**
 * `dexchange manifests METHOD`: YAML with comments, or with `-o json` a List.
 * @throws DexchangeError
 */
export async function runManifests(
  { positionals, flags }: ParsedArguments,
  outside: CliOutside,
): Promise<string> {
  const method = positionals[1] as Method;
  const settings = resolveSettings({
    command: `manifests ${method}`,
    flags,
    env: outside.env,
    clusterConfig: undefined,
  });
  outside.setVerbose(settings.value('verbose'));
  const form = outputForm(settings, ['yaml', 'json']);
  const renewal = onDemand(settings, outside);
  try {
    const list = await manifests(method, settings, outside, renewal.open);
    return form === 'json' ? manifestsAsJson(list) : manifestsAsYaml(list);
  } finally {
    await renewal.close();
  }
}
