import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { AccessMethod } from '../config/setting.ts';
import { manifestsAsJson, manifestsAsYaml } from '../kubernetes/manifests/manifest-text.ts';
import { manifests } from '../usecases/manifests.ts';
import { boundSecrets } from './bound-secrets.ts';
import type { CliRuntime } from './command-line.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange manifests METHOD`: prints YAML with comments, or a List with `-o json`.
 * @throws DexchangeError
 */
export async function runManifests(parsed: ParsedArguments, runtime: CliRuntime): Promise<string> {
  const method = parsed.positionals[1] as AccessMethod;
  const settings = commandSettings(`manifests ${method}`, parsed, runtime);
  const form = outputForm(settings, ['yaml', 'json']);
  const { secrets, network } = boundSecrets(settings, runtime);
  try {
    const list = await manifests(method, settings, secrets);
    return form === 'json' ? manifestsAsJson(list) : manifestsAsYaml(list);
  } finally {
    await network.close();
  }
}
