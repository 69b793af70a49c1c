import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings } from '../config/resolve.ts';
import { shownUrl } from '../explain/shown-url.ts';
import { whoAmIText } from '../explain/whoami-text.ts';
import { whoAmI } from '../usecases/who-am-i.ts';
import { outputForm } from './output-form.ts';
import type { SlowOutside } from './slow-commands.ts';

/**
 * `dexchange whoami`: who the API server says that a kubeconfig context is.
 * @throws DexchangeError api_*, kubeconfig_*, server_*
 */
export async function runWhoAmI(parsed: ParsedArguments, outside: SlowOutside): Promise<string> {
  const settings = resolveSettings({
    command: 'whoami',
    flags: parsed.flags,
    env: outside.env,
    clusterConfig: undefined,
  });
  outside.setVerbose(settings.value('verbose'));
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
