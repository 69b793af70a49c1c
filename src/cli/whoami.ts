import type { ParsedArguments } from '../config/parse-arguments.ts';
import { shownUrl } from '../explain/shown-url.ts';
import { whoAmIText } from '../explain/whoami-text.ts';
import { whoAmI } from '../usecases/who-am-i.ts';
import { outputForm } from './output-form.ts';
import type { SlowOutside } from './slow-commands.ts';
import { slowSettings } from './slow-settings.ts';

/**
 * `dexchange whoami`: who the API server says that a kubeconfig context is.
 * @throws DexchangeError api_*, kubeconfig_*, server_*
 */
export async function runWhoAmI(parsed: ParsedArguments, outside: SlowOutside): Promise<string> {
  const settings = slowSettings('whoami', parsed, outside);
  const form = outputForm(settings, ['text', 'json']);
  const who = await whoAmI(settings, outside);
  if (form === 'text') return whoAmIText(who, outside.moment().wallMs);
  const { endsMs, kind } = who.credential;
  return `${JSON.stringify(
    {
      username: who.username,
      groups: who.groups,
      credential: {
        kind,
        endsAt: endsMs === undefined ? null : new Date(endsMs).toISOString(),
      },
      server: shownUrl(who.server),
      version: who.version ?? null,
      context: who.context,
    },
    null,
    2,
  )}\n`;
}
