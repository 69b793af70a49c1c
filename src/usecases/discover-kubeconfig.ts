import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { AccessMethod } from '../config/setting.ts';
import { clientSecretNames, isSecretSet } from '../inputs/secrets.ts';
import type { KubernetesApi } from '../kubernetes/client/api.ts';
import {
  apiCa,
  apiHost,
  clientSecret,
  dexHost,
  type Sought,
  serviceAccountToken,
} from '../kubernetes/deckhouse.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import { readCluster, requireDeckhouse } from '../kubernetes/read-cluster.ts';
import { Secret } from '../secret.ts';
import type { DiscoveredValues } from './kubeconfig.ts';

/**
 * Reads from the cluster what a kubeconfig needs and the settings do not say, and nothing else.
 * @param tell gets a line for each thing that was found, or that is left out
 * @throws DexchangeError api_*, server_*, setting_*
 */
export async function discoverForKubeconfig(
  method: AccessMethod,
  settings: Settings,
  api: KubernetesApi,
  tell: (line: string) => void,
): Promise<DiscoveredValues> {
  const seek = async <T>(sought: Sought<T>, shown: (value: T) => string): Promise<T> => {
    const reading = await readCluster(api, sought);
    if (!reading.found) throw reading.error;
    tell(`found: ${shown(reading.value)} (${reading.place})`);
    return reading.value;
  };
  await requireDeckhouse(api);
  const found: { -readonly [K in keyof DiscoveredValues]: DiscoveredValues[K] } = {};
  const given = settings.value('server');
  if (given === undefined) {
    found.server = `https://${await seek(apiHost, (host) => `API https://${host}`)}`;
  }
  if (needsCa(settings) && (given === undefined || (await isPublished(given, api)))) {
    const reading = await readCluster(api, apiCa);
    if (reading.found) found.serverCaPem = reading.value;
    else if (reading.error.code === 'api_forbidden') throw reading.error;
    tell(
      reading.found
        ? `found: CA of the API (${reading.place})`
        : `no CA is written, as for a public one: ${reading.error.message}`,
    );
  }
  if (method === 'token-exchange') {
    if (settings.value('dex-url') === undefined) {
      // With the slash it is the issuer, as Deckhouse writes it.
      found.dexUrl = `https://${await seek(dexHost, (host) => `Dex https://${host}/`)}/`;
    }
    if (settings.value('embed-secrets') && !isSecretSet(clientSecretNames, settings)) {
      const name = objectName(settings.value('client-name'), '--client-name');
      const namespace = namespaceName(settings.value('client-namespace'), '--client-namespace');
      found.clientSecret = new Secret(
        await seek(clientSecret(name, namespace), () => 'secret of the client'),
      );
    }
  }
  if (method === 'service-account' && needsToken(settings)) {
    const namespace = namespaceName(requireSetting(settings, 'namespace'), '--namespace');
    const name = objectName(requireSetting(settings, 'service-account'), '--service-account');
    found.serviceAccountToken = new Secret(
      await seek(serviceAccountToken(name, namespace), () => 'token of the ServiceAccount'),
    );
  }
  return found;
}

/** The CA of the published API is not that of another address, such as one over VPN. */
async function isPublished(server: string, api: KubernetesApi): Promise<boolean> {
  const reading = await readCluster(api, apiHost);
  return reading.found && new URL(server).host === reading.value;
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
