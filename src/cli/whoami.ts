import type { ParsedArguments } from '../config/parse-arguments.ts';
import { displayUrl } from '../explain/shown-url.ts';
import { whoAmIText } from '../explain/whoami-text.ts';
import { whoAmI } from '../usecases/who-am-i.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './output-form.ts';
import type { CommandRuntime } from './run-command.ts';

/**
 * `dexchange whoami`: who the API server says that a kubeconfig context is.
 * @throws DexchangeError api_*, kubeconfig_*, server_*
 */
export async function runWhoAmI(parsed: ParsedArguments, runtime: CommandRuntime): Promise<string> {
  const settings = commandSettings('whoami', parsed, runtime);
  const form = outputForm(settings, ['text', 'json']);
  const who = await whoAmI(settings, runtime);
  if (form === 'text') return whoAmIText(who, runtime.now().wallMs);
  const { endsMs, kind } = who.credential;
  return `${JSON.stringify(
    {
      username: who.username,
      groups: who.groups,
      credential: {
        kind,
        endsAt: endsMs === undefined ? null : new Date(endsMs).toISOString(),
      },
      server: displayUrl(who.server),
      version: who.version ?? null,
      context: who.context,
    },
    null,
    2,
  )}\n`;
}
