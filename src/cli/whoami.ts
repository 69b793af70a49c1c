import type { ParsedArguments } from '../config/parse-arguments.ts';
import { displayUrl } from '../explain/display.ts';
import { whoAmIText } from '../explain/whoami-text.ts';
import { selectedContext } from '../inputs/kubeconfig.ts';
import { dataText } from '../kubernetes/data-text.ts';
import { styleFor } from '../terminal/style.ts';
import { whoAmI } from '../usecases/who-am-i.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange whoami`: prints as whom the API server authenticates a kubeconfig context.
 * @throws DexchangeError api_*, kubeconfig_*, server_*
 */
export async function runWhoAmI(parsed: ParsedArguments, runtime: CommandRuntime): Promise<string> {
  const settings = commandSettings('whoami', parsed, runtime);
  const form = outputForm(settings, ['text', 'json', 'yaml']);
  const { context, paths } = selectedContext(settings, runtime);
  const who = await whoAmI(context, { timeoutMs: settings.value('timeout') }, runtime);
  if (form === 'text') {
    const { width } = styleFor(runtime.terminal(1), runtime.env);
    return whoAmIText(who, paths, runtime.now().wallMs, width);
  }
  const { expiresMs, kind } = who.credential;
  return dataText(
    {
      username: who.username,
      groups: who.groups,
      credential: {
        kind,
        endsAt: expiresMs === undefined ? null : new Date(expiresMs).toISOString(),
      },
      server: displayUrl(who.server),
      version: who.version ?? null,
      context: who.context,
    },
    form,
  );
}
