import type { ParsedArguments } from '../config/parse-arguments.ts';
import { dataText } from '../kubernetes/data-text.ts';
import { versionLine } from './command-line.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange version -o FORM`: the version, or with json or yaml also the commit, the platform of the
 * build and the version of Node.
 * @throws DexchangeError setting_invalid
 */
export function runVersion(parsed: ParsedArguments, runtime: CommandRuntime): string {
  const settings = commandSettings('version', parsed, runtime);
  const form = outputForm(settings, ['text', 'json', 'yaml']);
  const { version, build } = runtime;
  return form === 'text' ? versionLine(runtime) : dataText({ version, ...build }, form);
}
