import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import type { CliRuntime } from './command-line.ts';

/**
 * The settings of a command that no client runs: flags, environment and defaults, since there is no
 * cluster entry to ask. From here on `-v` is known.
 * @param command as the settings table names it, such as `manifests basic-auth`
 * @throws DexchangeError setting_*
 */
export function commandSettings(
  command: string,
  { flags }: Pick<ParsedArguments, 'flags'>,
  runtime: CliRuntime,
): Settings {
  const settings = resolveSettings({
    command,
    flags,
    env: runtime.env,
    clusterConfig: undefined,
  });
  runtime.setVerbose(settings.value('verbose'));
  return settings;
}
