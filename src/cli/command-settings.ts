import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import type { CliRuntime } from './command-line.ts';

/**
 * The settings of a command that only people run: flags, environment and defaults. A cluster's
 * extension is not read. From here on `-v` is known.
 * @param command as the settings table names it, such as `manifests basic-auth`
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
