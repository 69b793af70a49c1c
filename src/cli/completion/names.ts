import { resolveSettings, type Settings } from '../../config/resolve.ts';
import { belongsTo } from '../../config/setting.ts';
import { type SettingName, table } from '../../config/table.ts';
import { contextNames } from '../../inputs/kubeconfig.ts';
import type { ConnectPorts } from '../../kubernetes/client/connect.ts';
import type { CacheFiles } from '../../ports.ts';
import { namesInCluster } from '../../usecases/known-names.ts';
import { findCache, listCache } from '../../usecases/manage-cache.ts';
import type { CliRuntime } from '../command-line.ts';
import type { Candidate } from './words.ts';

/** What reading names needs from the runtime. */
export interface NamePorts extends CliRuntime, ConnectPorts {
  readonly cacheFiles: CacheFiles;
}

/**
 * How long completion may take from the start of the process, in milliseconds, if no `--timeout` is
 * before the cursor. Shorter than a call, because the terminal does not react meanwhile.
 */
const usualTimeoutMs = 2000;

/** The values of the flags before the cursor. */
type Texts = ReadonlyMap<SettingName, string>;

/**
 * The names that a setting can have, from the kubeconfig or from the cluster of its context.
 * @throws DexchangeError setting_*, kubeconfig_*, url_insecure, server_*, proxy_failed
 */
export async function namesFor(
  name: SettingName,
  texts: Texts,
  runtime: NamePorts,
): Promise<readonly string[]> {
  switch (name) {
    case 'context':
      return contextNames(settingsFrom('discover', texts, runtime), runtime);
    case 'namespace':
    case 'connector-id':
    case 'service-account': {
      const settings = settingsFrom('discover', texts, runtime);
      const timeoutMs = texts.has('timeout') ? settings.value('timeout') : usualTimeoutMs;
      return namesInCluster(name, settings, timeoutMs, runtime);
    }
    default:
      return [];
  }
}

/**
 * The keys of the cache, as `cache list` shows them.
 * @throws DexchangeError setting_*
 */
export async function cacheKeys(texts: Texts, runtime: NamePorts): Promise<readonly Candidate[]> {
  const folder = await findCache(settingsFrom('cache', texts, runtime), runtime);
  return listCache(folder, runtime.cacheFiles, runtime.now()).map(({ key, dex, connector }) => ({
    value: key.slice(0, 12),
    help: `${connector} at ${dex}`,
  }));
}

function settingsFrom(command: string, texts: Texts, { env }: NamePorts): Settings {
  const flags = new Map(
    [...texts]
      .filter(([name]) => belongsTo(table[name], command) && name !== 'output')
      .map(([name, text]) => [name, [{ flag: name, text }]] as const),
  );
  return resolveSettings({ command, flags, env, clusterConfig: undefined });
}
