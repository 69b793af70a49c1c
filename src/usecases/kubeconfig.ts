import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import {
  clusterFields,
  execFields,
  type KubeconfigEntries,
  type NamedEntry,
} from '../kubernetes/kubeconfig/entries.ts';
import { dexClientId } from '../kubernetes/manifests/dex-client.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { adminContext, refuseItself } from './admin-context.ts';
import { absolute, exchangePlugin, serviceAccountPlugin } from './exec-plugin.ts';
import type { Method } from './method.ts';
import type { Outside, RenewalOnDemand } from './outside.ts';
import { requireSetting } from './require-setting.ts';
import { isGiven, passwordNames, readSettingFile, secretSetting } from './secret-settings.ts';

/** What this use case needs of the outside beyond the usual. */
export interface KubeconfigOutside extends Outside {
  /** A line typed at the terminal, not shown; undefined where there is none. */
  askSecret(prompt: string): Promise<string | undefined>;
}

/** What a cluster told of itself; used where the settings say nothing. */
export interface Findings {
  readonly server?: string;
  readonly serverCaPem?: string;
  readonly dexUrl?: string;
  readonly clientSecret?: Secret;
  readonly serviceAccountToken?: Secret;
}

/**
 * The cluster, user and context of a kubeconfig for a method, as the settings want them.
 * @throws DexchangeError setting_*, kubeconfig_unreadable, kubeconfig_invalid
 */
export async function kubeconfigEntries(
  method: Method,
  settings: Settings,
  found: Findings,
  outside: KubeconfigOutside,
  renewal: RenewalOnDemand,
): Promise<KubeconfigEntries> {
  const server = settings.value('server') ?? found.server ?? requireSetting(settings, 'server');
  const caPem = settings.value('public-ca') ? undefined : serverCa(settings, found, outside);
  const user = await userEntry(method, settings, found, outside, renewal);
  const clusterName = entryName(settings, 'cluster-name') ?? new URL(server).host;
  const userName = entryName(settings, 'user-name') ?? user.name;
  const namespace = method === 'service-account' ? settings.value('namespace') : undefined;
  return {
    cluster: { name: clusterName, fields: clusterFields(server, caPem) },
    user: { name: userName, fields: user.fields },
    context: {
      name: entryName(settings, 'context-name') ?? `${clusterName}-${userName}`,
      fields: {
        cluster: clusterName,
        user: userName,
        ...(namespace === undefined ? {} : { namespace }),
      },
    },
  };
}

function entryName(
  settings: Settings,
  setting: 'cluster-name' | 'user-name' | 'context-name',
): string | undefined {
  const name = settings.value(setting);
  if (name === undefined || !/\p{C}/u.test(name)) return name;
  throw new DexchangeError('setting_invalid', `--${setting} holds control characters`);
}

function serverCa(settings: Settings, found: Findings, outside: Outside): string | undefined {
  const path = settings.value('server-certificate-authority');
  if (path === undefined) return found.serverCaPem;
  const name = 'server-certificate-authority';
  const pem = readSettingFile(name, path, settings, outside, 'setting_file_unreadable');
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new DexchangeError('setting_invalid', `--${name} ${sanitize(path)} holds no certificate`, {
    hint: 'it must be PEM: -----BEGIN CERTIFICATE-----',
  });
}

function userEntry(
  method: Method,
  settings: Settings,
  found: Findings,
  outside: KubeconfigOutside,
  renewal: RenewalOnDemand,
): Promise<NamedEntry> | NamedEntry {
  switch (method) {
    case 'token-exchange':
      return exchangeUser(settings, found, outside, renewal);
    case 'service-account':
      return settings.value('short-lived')
        ? shortLivedUser(settings, outside)
        : staticUser(settings, found, outside);
    case 'basic-auth':
      return basicAuthUser(settings, outside, renewal);
  }
}

async function exchangeUser(
  settings: Settings,
  found: Findings,
  outside: Outside,
  renewal: RenewalOnDemand,
): Promise<NamedEntry> {
  const name = objectName(settings.value('client-name'), '--client-name');
  const namespace = namespaceName(settings.value('client-namespace'), '--client-namespace');
  requireSetting(settings, 'connector-id');
  const dexUrl = found.dexUrl ?? requireSetting(settings, 'dex-url');
  const known = {
    texts: { 'dex-url': dexUrl, 'client-id': dexClientId(name, namespace) },
    clientSecret: found.clientSecret,
  };
  return { name, fields: execFields(await exchangePlugin(settings, known, outside, renewal)) };
}

/** A user whose tokens this program asks for, with the credential of another context. */
function shortLivedUser(settings: Settings, outside: Outside): NamedEntry {
  const name = objectName(requireSetting(settings, 'service-account'), '--service-account');
  const namespace = namespaceName(requireSetting(settings, 'namespace'), '--namespace');
  const { context, paths } = adminContext(settings, outside);
  refuseItself(context);
  if (paths.length > 1) {
    throw new DexchangeError('setting_missing', 'KUBECONFIG names several files', {
      hint: 'say by --kubeconfig which one holds the context that may ask for tokens',
    });
  }
  const [path] = paths;
  const durationMs = settings.value('duration');
  const audience = settings.found('audience');
  const plugin = serviceAccountPlugin(settings, [
    ['namespace', namespace],
    ['service-account', name],
    ['duration', durationMs === undefined ? undefined : `${durationMs}ms`],
    ['audience', audience?.origin.level === 'default' ? undefined : settings.value('audience')],
    // By name, not as the current one: the file may be the one that is written, and the current
    // context then this one.
    ['kubeconfig', path],
    ['context', path === undefined ? undefined : context.name],
  ]);
  return { name, fields: execFields(plugin) };
}

function staticUser(settings: Settings, found: Findings, outside: Outside): NamedEntry {
  const name = settings.value('service-account') ?? 'service-account';
  const path = settings.value('token-file');
  if (path !== undefined && !settings.value('embed-secrets')) {
    return { name, fields: { tokenFile: absolute(path, outside) } };
  }
  const token =
    path === undefined
      ? (settings.value('token')?.reveal() ?? found.serviceAccountToken?.reveal())
      : readSettingFile('token-file', path, settings, outside, 'setting_file_unreadable').trim();
  if (token === undefined || token === '') {
    throw new DexchangeError('setting_missing', 'there is no token of the ServiceAccount', {
      hint: 'give --token-file, set KUBE_TOKEN, read it from its Secret by --discover, or use --short-lived',
    });
  }
  if (/\s|\p{C}/u.test(token)) {
    throw new DexchangeError('setting_invalid', 'the token holds spaces or line breaks');
  }
  return { name, fields: { token } };
}

/** A kubeconfig has no way to refer to a password: it holds it. */
async function basicAuthUser(
  settings: Settings,
  outside: KubeconfigOutside,
  renewal: RenewalOnDemand,
): Promise<NamedEntry> {
  const username = requireSetting(settings, 'username');
  if (/[:\p{C}]/u.test(username)) {
    throw new DexchangeError('setting_invalid', '--username holds a colon or control characters', {
      hint: 'a colon ends the user name in HTTP Basic (RFC 7617)',
    });
  }
  const password = await givenPassword(username, settings, outside, renewal);
  return { name: 'basic-auth-user', fields: { username, password } };
}

async function givenPassword(
  username: string,
  settings: Settings,
  outside: KubeconfigOutside,
  renewal: RenewalOnDemand,
): Promise<string> {
  if (isGiven(passwordNames, settings)) {
    return (await secretSetting(passwordNames, settings, outside, renewal).value()).reveal();
  }
  const typed = await outside.askSecret(`password of ${sanitize(username, { maxChars: 80 })}: `);
  if (typed) return typed;
  throw new DexchangeError('setting_missing', 'not set: --password-file', {
    hint: 'set --password-file, --password-command or K8S_PASSWORD; at a terminal it is asked for',
  });
}
