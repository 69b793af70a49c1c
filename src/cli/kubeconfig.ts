import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import type { AccessMethod } from '../config/setting.ts';
import { adminContext } from '../inputs/kubeconfig.ts';
import type { KubeconfigEntries } from '../kubernetes/kubeconfig/entries.ts';
import { mergeKubeconfig } from '../kubernetes/kubeconfig/merge.ts';
import { sanitize } from '../sanitize.ts';
import { findForKubeconfig } from '../usecases/discover-kubeconfig.ts';
import { kubeconfigEntries } from '../usecases/kubeconfig.ts';
import { onDemand } from '../usecases/on-demand.ts';
import { verifyBasicAuth } from '../usecases/verify-basic-auth.ts';
import { commandSettings } from './command-settings.ts';
import type { CommandRuntime } from './run-command.ts';

/**
 * `dexchange kubeconfig METHOD`: a kubeconfig on stdout, or with `--write-to` in a file.
 * @throws DexchangeError
 */
export async function runKubeconfig(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const method = parsed.positionals[1] as AccessMethod;
  const settings = commandSettings(`kubeconfig ${method}`, parsed, runtime);
  const network = onDemand(settings, runtime);
  try {
    const found = settings.value('discover')
      ? await findForKubeconfig(method, settings, await connected(settings, runtime), runtime.tell)
      : {};
    const entries = await kubeconfigEntries(method, settings, found, runtime, network.open);
    if (method === 'basic-auth' && settings.value('verify')) {
      await verify(entries, settings, runtime);
    }
    const path = settings.value('write-to');
    const options = {
      name: path === undefined ? 'the kubeconfig' : sanitize(path),
      force: settings.value('force'),
      keepCurrentContext: settings.value('keep-current-context'),
    };
    if (path === undefined) return mergeKubeconfig(undefined, entries, options);
    runtime.updateFile(path, (old) => mergeKubeconfig(old, entries, options));
    return '';
  } finally {
    await network.close();
  }
}

function connected(settings: Settings, runtime: CommandRuntime) {
  return runtime.connect(adminContext(settings, runtime).context, settings.value('timeout'));
}

async function verify(
  { cluster, user, context }: KubeconfigEntries,
  settings: Settings,
  runtime: CommandRuntime,
): Promise<void> {
  const api = await runtime.connect(
    { name: context.name, namespace: undefined, cluster, user },
    settings.value('timeout'),
  );
  const username = String(user.fields['username']);
  const version = await verifyBasicAuth(api, username);
  runtime.tell(`${api.server} (${version ?? 'version unknown'}) accepts ${sanitize(username)}`);
}
