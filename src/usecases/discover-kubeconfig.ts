import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { KubeconfigMethod } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { clientSecretNames, isSecretSet } from '../inputs/secrets.ts';
import type { KubernetesApi } from '../kubernetes/client/api.ts';
import { apiCa, dexCa } from '../kubernetes/cluster-cas.ts';
import type { ClusterValue } from '../kubernetes/cluster-value.ts';
import { apiHost, clientSecret, dexHost, serviceAccountToken } from '../kubernetes/deckhouse.ts';
import { canExchange, type DexProvider, dexProviders } from '../kubernetes/dex-providers.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import {
  type ReadResult,
  readCluster,
  requireDeckhouse,
  writeUndiscovered,
} from '../kubernetes/read-cluster.ts';
import { quoteInput, sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { listed } from '../terminal/layout.ts';
import type { DiscoveredValues } from './kubeconfig.ts';

/** What discovery needs of the world. */
export interface DiscoverPorts {
  /** Receives a line for each value that was found or is omitted. */
  printNotice(line: string): void;
  /** The public CAs, as PEM. */
  publicRoots(): readonly string[];
}

/**
 * Reads from the cluster those values of a kubeconfig that are not set, and nothing else.
 * @throws DexchangeError api_*, server_*, setting_*
 */
export async function discoverForKubeconfig(
  method: KubeconfigMethod,
  settings: Settings,
  api: KubernetesApi,
  { printNotice, publicRoots }: DiscoverPorts,
): Promise<DiscoveredValues> {
  const find = async <T>(wanted: ClusterValue<T>, describe: (value: T) => string): Promise<T> => {
    const result = await readCluster(api, wanted);
    if (!result.found) throw result.error;
    printNotice(`found: ${describe(result.value)} (${result.location})`);
    return result.value;
  };
  await requireDeckhouse(api, writeUndiscovered);
  const found: { -readonly [K in keyof DiscoveredValues]: DiscoveredValues[K] } = {};
  const server = settings.value('server');
  if (server === undefined) {
    found.server = `https://${await find(apiHost, (host) => `API https://${host}`)}`;
  }
  const otherApi = needsCa(settings)
    ? await otherServer('server', apiHost, settings, api)
    : undefined;
  if (otherApi !== undefined) {
    printNotice(
      `no CA of the API is written, since ${otherApi}: set --server-certificate-authority if its certificate is of a private CA`,
    );
  } else if (needsCa(settings)) {
    const result = await readCluster(api, apiCa(publicRoots()));
    if (result.found) found.serverCaPem = result.value;
    else if (result.error.code === 'api_forbidden') throw result.error;
    printNotice(
      result.found
        ? `found: CA of the API (${result.location})`
        : `no CA is written, which is right for a public CA: ${result.error.message}`,
    );
  }
  if (method === 'token-exchange') {
    if (settings.value('dex-url') === undefined) {
      // In Deckhouse, the issuer of Dex ends with a slash.
      found.dexUrl = `https://${await find(dexHost, (host) => `Dex https://${host}/`)}/`;
    }
    const otherDex = needsDexCa(settings)
      ? await otherServer('dex-url', dexHost, settings, api)
      : undefined;
    if (otherDex !== undefined) {
      printNotice(
        `no CA of Dex is written, since ${otherDex}: set --dex-certificate-authority if its certificate is of a private CA`,
      );
    } else if (needsDexCa(settings)) {
      const result = await readCluster(api, dexCa(publicRoots()));
      if (result.found) found.dexCaPem = result.value;
      printNotice(
        result.found
          ? `found: CA of Dex (${result.location})`
          : `no CA of Dex is written, which is right for a public CA: ${result.error.message}`,
      );
    }
    const connectorId = settings.value('connector-id');
    if (connectorId !== undefined) {
      const doubt = connectorDoubt(connectorId, await readCluster(api, dexProviders));
      if (doubt !== undefined) printNotice(`warning: ${doubt}`);
    } else {
      const providers = await find(dexProviders, () => 'DexProviders');
      found.connectorId = onlyConnector(providers);
      printNotice(`connector ${found.connectorId}: it is the only DexProvider of type OIDC`);
    }
    if (settings.value('embed-secrets') && !isSecretSet(clientSecretNames, settings)) {
      const name = objectName(settings.value('client-name'), '--client-name');
      const namespace = namespaceName(settings.value('client-namespace'), '--client-namespace');
      found.clientSecret = new Secret(
        await find(clientSecret(name, namespace), () => 'secret of the client'),
      );
    }
  }
  if (method === 'service-account' && needsToken(settings)) {
    const namespace = namespaceName(requireSetting(settings, 'namespace'), '--namespace');
    const name = objectName(requireSetting(settings, 'service-account'), '--service-account');
    found.serviceAccountToken = new Secret(
      await find(serviceAccountToken(name, namespace), () => 'token of the ServiceAccount'),
    );
  }
  return found;
}

/**
 * The only DexProvider that supports token exchange.
 * @throws DexchangeError setting_missing that names all of them, if there are several or none
 */
function onlyConnector(providers: readonly DexProvider[]): string {
  const names = providers.filter(canExchange).map(({ name }) => name);
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new DexchangeError('setting_missing', 'no value for --connector-id', {
    hint:
      only === undefined
        ? 'create a DexProvider of type OIDC first: the cluster has none (`dexchange help manifests` shows how)'
        : `set --connector-id to the DexProvider of the IdP: ${listed(names)}`,
  });
}

/**
 * Whether the connector that the settings name does not exist or cannot exchange tokens, in words;
 * undefined if it can, or if the user is not allowed to read the DexProviders.
 */
function connectorDoubt(
  connectorId: string,
  providers: ReadResult<readonly DexProvider[]>,
): string | undefined {
  if (!providers.found) return undefined;
  const named = providers.value.find(({ name }) => name === connectorId);
  if (named !== undefined && canExchange(named)) return undefined;
  const title = `DexProvider ${quoteInput(connectorId, 80)}`;
  const usable = providers.value.filter(canExchange).map(({ name }) => name);
  const others =
    usable.length === 0 ? 'there is none of type OIDC' : `those of type OIDC are ${listed(usable)}`;
  const doubt =
    named === undefined
      ? `there is no ${title}`
      : `${title} is of type ${sanitize(named.type, { maxChars: 40 })}, which cannot exchange tokens`;
  return `${doubt}; ${others}`;
}

/**
 * How the server of a setting differs from the one that the cluster publishes, in words: the CA in the
 * cluster does not apply to another address, such as a VPN. Undefined if it is the same, or not set.
 */
async function otherServer(
  name: 'server' | 'dex-url',
  published: ClusterValue<string>,
  settings: Settings,
  api: KubernetesApi,
): Promise<string | undefined> {
  const found = settings.found(name);
  const url = settings.value(name);
  if (found === undefined || url === undefined) return undefined;
  const result = await readCluster(api, published);
  const { host } = new URL(url);
  if (result.found && host === result.value) return undefined;
  const known = result.found ? `, which is ${result.value}` : '';
  return `${quoteInput(host, 120)} of ${found.origin.name} is not ${published.title} that the cluster publishes${known}`;
}

function needsDexCa(settings: Settings): boolean {
  return (
    settings.value('dex-certificate-authority') === undefined &&
    settings.value('dex-certificate-authority-data') === undefined
  );
}

function needsCa(settings: Settings): boolean {
  return (
    !settings.value('public-ca') && settings.value('server-certificate-authority') === undefined
  );
}

function needsToken(settings: Settings): boolean {
  return (
    !settings.value('short-lived') &&
    settings.value('token') === undefined &&
    settings.value('token-file') === undefined
  );
}
