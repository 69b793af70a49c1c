import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import type { AccessMethod } from '../config/setting.ts';
import { selectedContext } from '../inputs/kubeconfig.ts';
import { withContextApi } from '../kubernetes/client/connect.ts';
import { dataText } from '../kubernetes/data-text.ts';
import {
  type ManifestDifference,
  manifestDifferences,
} from '../kubernetes/manifests/cluster-difference.ts';
import { hiddenValue, unusedText } from '../kubernetes/manifests/difference.ts';
import { manifestTitle, type NotedManifest } from '../kubernetes/manifests/manifest.ts';
import {
  manifestsAsJson,
  manifestsAsYaml,
  warningLines,
} from '../kubernetes/manifests/manifest-text.ts';
import { sanitize } from '../sanitize.ts';
import { manifests, withOverwriteWarnings } from '../usecases/manifests.ts';
import { boundSecrets } from './bound-secrets.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange manifests METHOD`: prints YAML with comments, or a List with `-o json`. The warnings are
 * also on stderr, unless a terminal shows the comments. With `--diff`, prints what applying them would
 * change in a cluster instead.
 * @throws DexchangeError
 */
export async function runManifests(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const method = parsed.positionals[1] as AccessMethod;
  const settings = commandSettings(`manifests ${method}`, parsed, runtime);
  const form = outputForm(settings, ['yaml', 'json']);
  const { secrets, network } = boundSecrets(settings, runtime);
  try {
    const list = await manifests(method, settings, secrets);
    if (settings.value('diff')) {
      const differences = await compared(list, settings, runtime);
      return runtime.redact(
        form === 'json' ? differencesAsJson(differences) : differencesAsText(differences),
      );
    }
    const warned = withOverwriteWarnings(list, settings);
    const text = form === 'yaml' ? manifestsAsYaml(warned) : manifestsAsJson(warned);
    // A pipe to kubectl apply hides the comments.
    if (form === 'json' || !runtime.terminal(1).isTerminal) {
      for (const line of warningLines(warned)) runtime.printNotice(line);
    }
    return text;
  } finally {
    await network.close();
  }
}

function compared(
  list: readonly NotedManifest[],
  settings: Settings,
  runtime: CommandRuntime,
): Promise<readonly ManifestDifference[]> {
  const { context } = selectedContext(settings, runtime);
  const time = { timeoutMs: settings.value('timeout') };
  return withContextApi(context, time, runtime, (api) => manifestDifferences(list, api));
}

function differencesAsText(differences: readonly ManifestDifference[]): string {
  const lines = differences.flatMap(({ manifest, state, changes, obstacle }) => [
    `${manifestTitle(manifest)}: ${state}`,
    ...changes.map(({ field, from, to }) => `  ${sanitize(field)}: ${text(from)} -> ${text(to)}`),
    ...(obstacle === undefined ? [] : [`  the API server rejects this: ${sanitize(obstacle)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

function text(value: unknown): string {
  if (value === undefined) return '(not set)';
  if (value === hiddenValue || value === unusedText) return value;
  return sanitize(JSON.stringify(value), { maxChars: 500 });
}

function differencesAsJson(differences: readonly ManifestDifference[]): string {
  const objects = differences.map(({ manifest: { apiVersion, kind, metadata }, ...difference }) => {
    const { name, namespace } = metadata;
    return { apiVersion, kind, name, namespace, ...difference };
  });
  return dataText({ objects }, 'json');
}
