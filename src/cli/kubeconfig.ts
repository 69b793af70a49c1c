import { delimiter, dirname, resolve } from 'node:path';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import type { KubeconfigMethod } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { emptyUser, rejectSelf, selectedContext } from '../inputs/kubeconfig.ts';
import type { LocalFolders } from '../inputs/local-folders.ts';
import { withContextApi } from '../kubernetes/client/connect.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import { selectionFlags } from '../kubernetes/kubeconfig/context-flags.ts';
import { decodeCluster, decodeUser } from '../kubernetes/kubeconfig/decode.ts';
import type { KubeconfigEntries } from '../kubernetes/kubeconfig/entries.ts';
import { mergeKubeconfig } from '../kubernetes/kubeconfig/merge.ts';
import type { Part } from '../kubernetes/kubeconfig/related.ts';
import { quoteId, quoteInput, quotePath } from '../sanitize.ts';
import { listed } from '../terminal/layout.ts';
import { discoverForKubeconfig } from '../usecases/discover-kubeconfig.ts';
import { type DiscoveredValues, kubeconfigEntries } from '../usecases/kubeconfig.ts';
import { type VerifiedUser, verifyBasicAuth } from '../usecases/verify-basic-auth.ts';
import { boundSecrets } from './bound-secrets.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';

/**
 * `dexchange kubeconfig METHOD`: prints a kubeconfig, or writes it to the file of `--write-to`.
 * @throws DexchangeError
 */
export async function runKubeconfig(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const method = parsed.positionals[1] as KubeconfigMethod;
  const settings = commandSettings(`kubeconfig ${method}`, parsed, runtime);
  const { network, ...bound } = boundSecrets(settings, runtime);
  const path = writtenPath(settings, runtime);
  const ports = {
    ...bound,
    folders: localFolders(path, runtime),
    homepage: runtime.homepage,
    askSecret: runtime.askSecret,
    selectedContext() {
      const selected = selectedContext(settings, runtime);
      rejectSelf(selected);
      return selected;
    },
  };
  try {
    const found = settings.value('discover') ? await discovered(method, settings, runtime) : {};
    const entries = await kubeconfigEntries(method, settings, found, ports);
    if (method === 'basic-auth' && settings.value('verify')) {
      await verify(entries, settings, runtime);
    }
    for (const warning of entries.warnings) runtime.printNotice(warning);
    const options = {
      name: path === undefined ? 'the kubeconfig' : quotePath(path),
      force: settings.value('force'),
      keepCurrentContext: settings.value('keep-current-context'),
    };
    if (path === undefined) return mergeKubeconfig(undefined, entries, options);
    let replaced: Part[] = [];
    const merge = (old: string | undefined): string => {
      replaced = [];
      return mergeKubeconfig(old, entries, {
        ...options,
        onReplace: (part) => replaced.push(part),
      });
    };
    await runtime.updateFile(path, merge, settings.value('timeout'));
    for (const line of writtenNotice(entries, path)) runtime.printNotice(line);
    if (replaced.length > 0) runtime.printNotice(replacedNotice(entries, replaced));
    return '';
  } finally {
    await network.close();
  }
}

/** The file of --write-to; undefined for stdout. */
function writtenPath(settings: Settings, { env }: CommandRuntime): string | undefined {
  const path = settings.value('write-to');
  if (path === '-') return undefined;
  if (path !== undefined && path === env['KUBECONFIG'] && path.includes(delimiter)) {
    throw new DexchangeError(
      'setting_invalid',
      '--write-to names the list of files in KUBECONFIG',
      {
        hint: 'name one of these files, or a new one',
      },
    );
  }
  return path;
}

/** @param path the file that is written; undefined for stdout */
function localFolders(path: string | undefined, runtime: CommandRuntime): LocalFolders {
  const { cwd, env, realPath } = runtime;
  return {
    cwd,
    home: env['HOME'] || env['USERPROFILE'],
    kubeconfigFolder: () => (path === undefined ? undefined : dirname(resolve(cwd(), path))),
    temporary: [env['TMPDIR'], env['TMP'], env['TEMP']].filter((folder) => folder !== undefined),
    realPath,
  };
}

/** Says what was written, and how to try it. */
function writtenNotice(
  { cluster, user, context }: KubeconfigEntries,
  path: string,
): readonly string[] {
  const [clusterName, userName, contextName] = [cluster, user, context].map(({ name }) =>
    quoteId(name, 80),
  );
  return [
    `wrote cluster ${clusterName}, user ${userName} and context ${contextName} to ${quotePath(path)}`,
    `to try it where its credential works, such as in a job, run \`dexchange whoami${selectionFlags(path, context.name)}\``,
  ];
}

/** Says what was in the file before, and how to keep it: a second connector has the same names. */
function replacedNotice(entries: KubeconfigEntries, replaced: readonly Part[]): string {
  const titles = replaced.map((part) => `${part} ${quoteId(entries[part].name, 80)}`);
  const flags = replaced.map((part) => `--${part}-name`);
  // Both contexts would have the new user, or the new cluster.
  const all = flags.includes('--context-name') ? flags : [...flags, '--context-name'];
  return `replaced ${titles.join(' and ')}, which the file had with other values: to keep both, set ${all.join(' and ')}`;
}

function discovered(
  method: KubeconfigMethod,
  settings: Settings,
  runtime: CommandRuntime,
): Promise<DiscoveredValues> {
  const { context } = selectedContext(settings, runtime);
  const time = { timeoutMs: settings.value('timeout') };
  return withContextApi(context, time, runtime, (api) =>
    discoverForKubeconfig(method, settings, api, runtime),
  );
}

async function verify(
  { cluster, user, context }: KubeconfigEntries,
  settings: Settings,
  runtime: CommandRuntime,
): Promise<void> {
  const file = runtime.cwd();
  const kubeconfigContext: KubeconfigContext = {
    name: context.name,
    namespace: undefined,
    cluster: decodeCluster({ ...cluster, file }),
    user: { ...emptyUser, ...decodeUser({ ...user, file }) },
  };
  const username = kubeconfigContext.user.username ?? '';
  const time = { timeoutMs: settings.value('timeout') };
  await withContextApi(kubeconfigContext, time, runtime, async (api) => {
    const admin = selectionFlags(settings.value('kubeconfig'), settings.value('context'));
    const known = await verifyBasicAuth(api, username, `dexchange discover${admin}`);
    runtime.printNotice(verifiedNotice(api.server, username, known));
  });
}

/** Says as whom the API server knows a user, whose name there is often the email of the IdP. */
function verifiedNotice(server: string, given: string, known: VerifiedUser): string {
  const { version = 'version unknown', username, groups } = known;
  const as = username === undefined ? '' : ` as user ${username}`;
  const inGroups = groups.length === 0 ? '' : ` in groups ${listed(groups)}`;
  return `${server} (${version}) accepts ${quoteInput(given)}${as}${inGroups}`;
}
