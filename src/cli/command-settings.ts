import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import type { CliRuntime } from './command-line.ts';

/**
 * Resolves the settings of an interactive command from flags, environment and defaults, without the
 * extension of a cluster. Emits the settings event, which enables `-v`.
 * @param command its name in the settings table, such as `manifests basic-auth`
 * @throws DexchangeError setting_*
 */
export function commandSettings(
  command: string,
  { flags }: Pick<ParsedArguments, 'flags'>,
  runtime: Pick<CliRuntime, 'env' | 'trace'>,
): Settings {
  const settings = resolveSettings({
    command,
    flags,
    env: runtime.env,
    clusterConfig: undefined,
  });
  runtime.trace({ kind: 'settings', settings });
  return settings;
}
