import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import type { KubeconfigEntries } from '../kubernetes/kubeconfig/entries.ts';
import { mergeKubeconfig } from '../kubernetes/kubeconfig/merge.ts';
import { sanitize } from '../sanitize.ts';
import { adminContext } from '../usecases/admin-context.ts';
import { findForKubeconfig } from '../usecases/find-for-kubeconfig.ts';
import { kubeconfigEntries } from '../usecases/kubeconfig.ts';
import type { Method } from '../usecases/method.ts';
import { onDemand } from '../usecases/on-demand.ts';
import { verifyBasicAuth } from '../usecases/verify-basic-auth.ts';
import type { SlowOutside } from './slow-commands.ts';
import { slowSettings } from './slow-settings.ts';

/**
 * `dexchange kubeconfig METHOD`: a kubeconfig on stdout, or with `--write-to` in a file.
 * @throws DexchangeError
 */
export async function runKubeconfig(
  parsed: ParsedArguments,
  outside: SlowOutside,
): Promise<string> {
  const method = parsed.positionals[1] as Method;
  const settings = slowSettings(`kubeconfig ${method}`, parsed, outside);
  const renewal = onDemand(settings, outside);
  try {
    const found = settings.value('discover')
      ? await findForKubeconfig(method, settings, await connected(settings, outside), outside.tell)
      : {};
    const entries = await kubeconfigEntries(method, settings, found, outside, renewal.open);
    if (method === 'basic-auth' && settings.value('verify')) {
      await verify(entries, settings, outside);
    }
    const path = settings.value('write-to');
    const options = {
      name: path === undefined ? 'the kubeconfig' : sanitize(path),
      force: settings.value('force'),
      keepCurrentContext: settings.value('keep-current-context'),
    };
    if (path === undefined) return mergeKubeconfig(undefined, entries, options);
    outside.updateFile(path, (old) => mergeKubeconfig(old, entries, options));
    return '';
  } finally {
    await renewal.close();
  }
}

function connected(settings: Settings, outside: SlowOutside) {
  return outside.connect(adminContext(settings, outside).context, settings.value('timeout'));
}

async function verify(
  { cluster, user, context }: KubeconfigEntries,
  settings: Settings,
  outside: SlowOutside,
): Promise<void> {
  const api = await outside.connect(
    { name: context.name, namespace: undefined, cluster, user },
    settings.value('timeout'),
  );
  const username = String(user.fields['username']);
  const version = await verifyBasicAuth(api, username);
  outside.tell(`${api.server} (${version ?? 'version unknown'}) accepts ${sanitize(username)}`);
}
