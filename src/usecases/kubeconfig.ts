import { missingSetting, requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { KubeconfigMethod } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { dexCaTexts, serverCa } from '../inputs/embedded-ca.ts';
import type { SelectedContext } from '../inputs/kubeconfig.ts';
import type { LocalFolders } from '../inputs/local-folders.ts';
import {
  type PathRules,
  pathMode,
  pathRules,
  pathWarnings,
  portableField,
} from '../inputs/portable-path.ts';
import { passwordNames, type ReadSettingFile, type Secrets } from '../inputs/secrets.ts';
import {
  clusterFields,
  execFields,
  type KubeconfigEntries,
  type NamedEntry,
} from '../kubernetes/kubeconfig/entries.ts';
import { dexClientId } from '../kubernetes/manifests/dex-client.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import { oddityOf } from '../odd-secret.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import { quoteInput } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import {
  durationText,
  exchangePlugin,
  identityPlugin,
  serviceAccountPlugin,
} from './kubeconfig-exec-entry.ts';

/** What writing a kubeconfig needs of the world, bound to the settings of the call. */
export interface KubeconfigPorts {
  readonly secrets: Secrets;
  readonly readFile: ReadSettingFile;
  readonly folders: LocalFolders;
  /** The address of the project; undefined if it has none. */
  readonly homepage: string | undefined;
  /**
   * The context that requests short-lived tokens.
   * @throws DexchangeError kubeconfig_*
   */
  selectedContext(): SelectedContext;
  /** Prompts on the terminal for a line without echo; undefined if there is no terminal. */
  askSecret(prompt: string): Promise<string | undefined>;
}

/** What discovery found in a cluster; the settings have precedence. */
export interface DiscoveredValues {
  readonly server?: string;
  readonly serverCaPem?: string;
  readonly dexUrl?: string;
  readonly dexCaPem?: string;
  readonly connectorId?: string;
  readonly clientSecret?: Secret;
  readonly serviceAccountToken?: Secret;
}

/** The entries to write, and what the user must know about them. */
export interface PlannedEntries extends KubeconfigEntries {
  readonly warnings: readonly string[];
}

/** A user entry, with a warning if it has one. */
interface PlannedUser extends NamedEntry {
  readonly warning?: string;
}

/**
 * The cluster, user and context of a kubeconfig for a method, from the settings and discovery.
 * @throws DexchangeError setting_*, kubeconfig_unreadable, kubeconfig_invalid
 */
export async function kubeconfigEntries(
  method: KubeconfigMethod,
  settings: Settings,
  found: DiscoveredValues,
  ports: KubeconfigPorts,
): Promise<PlannedEntries> {
  const server = settings.value('server') ?? found.server ?? requireSetting(settings, 'server');
  const caPem = settings.value('public-ca')
    ? undefined
    : serverCa(settings, found.serverCaPem, ports.readFile);
  const rules = pathRules(pathMode(settings), ports.folders);
  const user = await userEntry(method, { settings, found, ports, rules });
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
    warnings: user.warning === undefined ? pathWarnings(rules) : [user.warning],
  };
}

function entryName(
  settings: Settings,
  setting: 'cluster-name' | 'user-name' | 'context-name',
): string | undefined {
  const name = settings.value(setting);
  if (name === undefined || !/\p{C}/u.test(name)) return name;
  throw new DexchangeError('setting_invalid', `--${setting} contains control characters`, {
    hint: 'use letters, digits and punctuation; a variable may contain a line break',
  });
}

/** What a user entry is made from. */
interface UserInputs {
  readonly settings: Settings;
  readonly found: DiscoveredValues;
  readonly ports: KubeconfigPorts;
  readonly rules: PathRules;
}

function userEntry(
  method: KubeconfigMethod,
  inputs: UserInputs,
): Promise<PlannedUser> | PlannedUser {
  switch (method) {
    case 'token-exchange':
      return exchangeUser(inputs);
    case 'service-account':
      return inputs.settings.value('short-lived') ? shortLivedUser(inputs) : staticUser(inputs);
    case 'identity':
      return identityUser(inputs);
    case 'basic-auth':
      return basicAuthUser(inputs.settings, inputs.ports);
  }
}

async function exchangeUser({ settings, found, ports, rules }: UserInputs): Promise<NamedEntry> {
  const { secrets, readFile } = ports;
  const name = objectName(settings.value('client-name'), '--client-name');
  const namespace = namespaceName(settings.value('client-namespace'), '--client-namespace');
  const connectorId = found.connectorId ?? requireSetting(settings, 'connector-id');
  const dexUrl = found.dexUrl ?? requireSetting(settings, 'dex-url');
  const known = {
    texts: {
      'dex-url': dexUrl,
      'client-id': dexClientId(name, namespace),
      'connector-id': connectorId,
      ...dexCaTexts(settings, found.dexCaPem, readFile),
    },
    clientSecret: found.clientSecret,
  };
  const plugin = await exchangePlugin(settings, known, secrets, rules);
  return { name, fields: execFields(plugin, installAddress(settings, ports)) };
}

/** A user whose credential is the identity token of the job. */
async function identityUser({ settings, found, ports, rules }: UserInputs): Promise<NamedEntry> {
  const { secrets, readFile } = ports;
  // CI systems and the IdP can have a private CA, too.
  const texts = dexCaTexts(settings, found.dexCaPem, readFile);
  const plugin = await identityPlugin(settings, texts, secrets, rules);
  return { name: 'identity', fields: execFields(plugin, installAddress(settings, ports)) };
}

function installAddress(settings: Settings, { homepage }: KubeconfigPorts): string | undefined {
  return settings.value('install-url') ?? homepage;
}

/** A user whose tokens dexchange requests with the credential of another context. */
function shortLivedUser({ settings, ports, rules }: UserInputs): PlannedUser {
  const name = objectName(requireSetting(settings, 'service-account'), '--service-account');
  const namespace = namespaceName(requireSetting(settings, 'namespace'), '--namespace');
  const { context, paths } = ports.selectedContext();
  if (paths.length > 1) {
    throw new DexchangeError('setting_missing', 'KUBECONFIG lists several files', {
      hint: 'set --kubeconfig to the one with the context that is allowed to request tokens',
    });
  }
  const [path] = paths;
  const audience = settings.found('audience');
  const values = [
    ['namespace', namespace],
    ['service-account', name],
    ['duration', durationText(settings, 'duration')],
    ['audience', audience?.origin.level === 'default' ? undefined : settings.value('audience')],
    // Named even if it is the current context: if this file is the one that is written, its current
    // context becomes the new one.
    ['kubeconfig', path],
    ['context', path === undefined ? undefined : context.name],
  ] as const;
  // With the path of another kubeconfig, it is for this machine only anyway.
  const isLocal = path !== undefined && rules.mode === 'portable';
  const plugin = serviceAccountPlugin(
    settings,
    values,
    isLocal ? { ...rules, mode: 'local' } : rules,
  );
  const fields = execFields(plugin, installAddress(settings, ports));
  if (path === undefined) return { name, fields };
  return { name, fields, warning: forThisMachineOnly(namespace, name) };
}

function forThisMachineOnly(namespace: string, account: string): string {
  return `WARNING: this kubeconfig is for this machine only: it requests tokens with the credential of another kubeconfig that is here. For jobs, use method token-exchange, or a token that the cluster stores: \`dexchange manifests service-account -n ${namespace} --service-account ${account} --token-secret | kubectl apply -f -\``;
}

function staticUser({ settings, found, ports, rules }: UserInputs): PlannedUser {
  const name = settings.value('service-account') ?? 'service-account';
  const path = settings.value('token-file');
  if (path !== undefined && !settings.value('embed-secrets')) {
    return {
      name,
      fields: { tokenFile: portableField('token-file', path, rules) },
    };
  }
  const token =
    path === undefined
      ? (settings.value('token')?.reveal() ?? found.serviceAccountToken?.reveal())
      : ports.readFile('token-file')?.trim();
  if (token === undefined || token === '') {
    throw new DexchangeError('setting_missing', 'no token for the ServiceAccount', {
      hint: 'set --token-file or KUBE_TOKEN, read the token from its Secret with --discover, or use --short-lived',
    });
  }
  const odd = oddityOf(token);
  if (odd !== undefined) {
    throw new DexchangeError('setting_invalid', `the token for the ServiceAccount ${odd.what}`, {
      hint: odd.hint,
    });
  }
  rejectPlaceholder(token, 'the token for the ServiceAccount', true);
  if (/\s|\p{C}/u.test(token)) {
    throw new DexchangeError('setting_invalid', 'the token contains spaces or line breaks', {
      hint: 'provide the bare token, without anything around it',
    });
  }
  return { name, fields: { token } };
}

/**
 * A user with username and password. A kubeconfig cannot refer to a password, so it contains it.
 */
async function basicAuthUser(settings: Settings, ports: KubeconfigPorts): Promise<NamedEntry> {
  const username = requireSetting(settings, 'username');
  if (/[:\p{C}]/u.test(username)) {
    throw new DexchangeError(
      'setting_invalid',
      '--username contains a colon or control characters',
      {
        hint: 'use a username without a colon, which separates username and password in HTTP Basic (RFC 7617)',
      },
    );
  }
  const password = await givenPassword(username, ports);
  return { name: 'basic-auth-user', fields: { username, password } };
}

async function givenPassword(
  username: string,
  { secrets, askSecret }: KubeconfigPorts,
): Promise<string> {
  if (secrets.isSet(passwordNames)) {
    return (await secrets.get(passwordNames).value()).reveal();
  }
  const typed = await askSecret(`password of ${quoteInput(username, 80)}: `);
  if (typed) return typed;
  throw missingSetting(['password-file']);
}
