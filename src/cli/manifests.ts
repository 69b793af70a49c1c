import type { ParsedArguments } from '../config/parse-arguments.ts';
import { manifestsAsJson, manifestsAsYaml } from '../kubernetes/manifests/manifest-text.ts';
import { manifests } from '../usecases/manifests.ts';
import type { Method } from '../usecases/method.ts';
import { onDemand } from '../usecases/on-demand.ts';
import type { CliOutside } from './command-line.ts';
import { outputForm } from './output-form.ts';
import { slowSettings } from './slow-settings.ts';

/**
 * `dexchange manifests METHOD`: YAML with comments, or with `-o json` a List.
 * @throws DexchangeError
 */
export async function runManifests(parsed: ParsedArguments, outside: CliOutside): Promise<string> {
  const method = parsed.positionals[1] as Method;
  const settings = slowSettings(`manifests ${method}`, parsed, outside);
  const form = outputForm(settings, ['yaml', 'json']);
  const renewal = onDemand(settings, outside);
  try {
    const list = await manifests(method, settings, outside, renewal.open);
    return form === 'json' ? manifestsAsJson(list) : manifestsAsYaml(list);
  } finally {
    await renewal.close();
  }
}
