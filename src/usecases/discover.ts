import type { Settings } from '../config/resolve.ts';
import type { DexchangeError } from '../errors.ts';
import { type ResourceAccess, reviewAccess } from '../kubernetes/access-review.ts';
import type { KubernetesApi } from '../kubernetes/client/api.ts';
import {
  apiCa,
  apiHost,
  clientSecret,
  type DexProvider,
  dexClient,
  dexHost,
  dexProviders,
  serviceAccountToken,
} from '../kubernetes/deckhouse.ts';
import { dexClientId } from '../kubernetes/manifests/dex-client.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import { type Reading, readCluster, requireDeckhouse } from '../kubernetes/read-cluster.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/** What a cluster tells about its API, its Dex and a client. */
export interface Discovery {
  /** By the names that the DKP guide *Access for CI/CD* uses: API_HOST, DEX_HOST, DEX_CLIENT_ID and so on. */
  readonly values: readonly DiscoveredValue[];
  readonly checks: readonly Check[];
}

export interface DiscoveredValue {
  readonly name: string;
  readonly value: string | Secret;
  /** Where it was read: `ingress d8-user-authn/dex`. */
  readonly place: string;
}

/** A prerequisite of a method, and whether it is met. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'missing' | 'unknown';
  readonly text: string;
  readonly hint?: string;
}

/**
 * Reads what the DKP guide *Access for CI/CD* reads by hand, and checks its prerequisites. What is
 * missing or forbidden is part of the answer; only an unreachable cluster is an error.
 * @throws DexchangeError api_*, server_*, setting_invalid
 */
export async function discover(settings: Settings, api: KubernetesApi): Promise<Discovery> {
  await requireDeckhouse(api);
  const name = objectName(settings.value('client-name'), '--client-name');
  const namespace = namespaceName(settings.value('client-namespace'), '--client-namespace');
  const values: DiscoveredValue[] = [];
  const checks: Check[] = [];
  const keep = (key: string, reading: Reading<string>, secret = false): void => {
    if (!reading.found) return;
    const value = secret ? new Secret(reading.value) : reading.value;
    values.push({ name: key, value, place: reading.place });
  };

  const host = await readCluster(api, apiHost);
  keep('API_HOST', host);
  checks.push(of('publishAPI', host, (value) => `the API is published at https://${value}`));
  const ca = await readCluster(api, apiCa);
  if (ca.found) {
    const value = Buffer.from(ca.value).toString('base64');
    values.push({ name: 'API_CA_DATA', value, place: ca.place });
  }
  const dex = await readCluster(api, dexHost);
  keep('DEX_HOST', dex);
  checks.push(of('Dex', dex, (value) => `its issuer is https://${value}/`));

  const client = await readCluster(api, dexClient(name, namespace));
  checks.push(clientCheck(client, name));
  if (client.found) {
    const value = dexClientId(name, namespace);
    values.push({ name: 'DEX_CLIENT_ID', value, place: client.place });
  }
  const providers = await readCluster(api, dexProviders);
  const connector = connectorOf(providers, settings);
  if (connector !== undefined) {
    values.push({ name: 'DEX_CONNECTOR_ID', value: connector, place: 'dexproviders' });
  }
  checks.push(...providerChecks(providers));
  const account = accountOf(settings);
  if (settings.value('show-secrets')) {
    const secret = await readCluster(api, clientSecret(name, namespace));
    keep('DEX_CLIENT_SECRET', secret, true);
    if (!secret.found) checks.push(of('client secret', secret, () => ''));
    if (account !== undefined) {
      const token = await readCluster(api, serviceAccountToken(account.name, account.namespace));
      keep('KUBE_TOKEN', token, true);
      checks.push(of('static token', token, () => 'is there; short-lived ones are better'));
    }
  }
  for (const action of actions(namespace, account)) checks.push(await mayDo(api, action));
  return { values, checks };
}

interface Account {
  readonly name: string;
  readonly namespace: string;
}

function accountOf(settings: Settings): Account | undefined {
  const [name, namespace] = [settings.value('service-account'), settings.value('namespace')];
  if (name === undefined || namespace === undefined) return undefined;
  return {
    name: objectName(name, '--service-account'),
    namespace: namespaceName(namespace, '--namespace'),
  };
}

function of<T>(name: string, reading: Reading<T>, text: (value: T) => string): Check {
  if (reading.found) return { name, state: 'ok', text: text(reading.value) };
  return failed(name, reading.error);
}

function failed(name: string, error: DexchangeError): Check {
  return {
    name,
    // What this user may not read can still exist.
    state: error.code === 'api_forbidden' ? 'unknown' : 'missing',
    text: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

function clientCheck(client: Reading<{ mayAskForKubernetes: boolean }>, name: string): Check {
  if (!client.found) return failed('DexClient', client.error);
  if (client.value.mayAskForKubernetes) {
    return { name: 'DexClient', state: 'ok', text: `${name} may ask for audience kubernetes` };
  }
  return {
    name: 'DexClient',
    state: 'missing',
    text: `${name} lacks the annotation allow-access-to-kubernetes: Dex will answer 500`,
    hint: 'kubectl apply the DexClient of dexchange manifests token-exchange; it takes the right to update ModuleConfig user-authn',
  };
}

/** The connector that is named, or the only one that could be meant. */
function connectorOf(
  providers: Reading<readonly DexProvider[]>,
  settings: Settings,
): string | undefined {
  const named = settings.value('connector-id');
  if (named !== undefined || !providers.found) return named;
  const fit = providers.value.filter(({ type }) => type === 'OIDC');
  return fit.length === 1 ? fit[0]?.name : undefined;
}

function providerChecks(providers: Reading<readonly DexProvider[]>): readonly Check[] {
  if (!providers.found) return [failed('DexProvider', providers.error)];
  const checks = providers.value.map(providerCheck);
  if (!providers.value.some(({ type }) => type === 'OIDC')) {
    checks.push({
      name: 'DexProvider',
      state: 'missing',
      text: 'there is none of type OIDC, which token exchange needs',
      hint: 'dexchange manifests token-exchange --provider gitlab (or github, keycloak, oidc)',
    });
  }
  const basic = providers.value.filter(({ enableBasicAuth }) => enableBasicAuth);
  const names = sanitize(basic.map(({ name }) => name).join(', '));
  if (basic.length > 1) {
    checks.push({
      name: 'Basic Auth',
      state: 'missing',
      text: `${basic.length} DexProviders have enableBasicAuth: ${names}`,
      hint: 'only one of a cluster may have it: take it from the others',
    });
  } else {
    const text =
      basic.length === 1
        ? `is checked by DexProvider ${names}`
        : 'is off: no DexProvider enables it';
    checks.push({ name: 'Basic Auth', state: basic.length === 1 ? 'ok' : 'missing', text });
  }
  return checks;
}

function providerCheck({ name, type, getUserInfo }: DexProvider): Check {
  const shown = sanitize(name, { maxChars: 80 });
  if (type === 'OIDC') {
    const accessTokens = getUserInfo
      ? 'exchanges id_tokens and access tokens'
      : 'exchanges id_tokens; access tokens need getUserInfo: true';
    return { name: 'DexProvider', state: 'ok', text: `${shown} (OIDC) ${accessTokens}` };
  }
  return {
    name: 'DexProvider',
    state: 'warning',
    text: `${shown} (${sanitize(type, { maxChars: 40 })}) cannot exchange tokens in Dex 2.45.1, only type OIDC can`,
  };
}

/** Something that an administrator does, in words, and the access that it takes. */
interface Action {
  readonly what: string;
  readonly access: ResourceAccess;
}

function actions(clientNamespace: string, account: Account | undefined): readonly Action[] {
  const create = { verb: 'create', group: 'deckhouse.io' };
  return [
    {
      what: 'create a DexClient',
      access: { ...create, resource: 'dexclients', namespace: clientNamespace },
    },
    {
      what: 'give it the annotation (update ModuleConfig user-authn)',
      access: { ...create, verb: 'update', resource: 'moduleconfigs', name: 'user-authn' },
    },
    { what: 'create a DexProvider', access: { ...create, resource: 'dexproviders' } },
    {
      what: 'create a ClusterAuthorizationRule',
      access: { ...create, resource: 'clusterauthorizationrules' },
    },
    {
      what:
        account === undefined
          ? 'create tokens of ServiceAccounts'
          : `create tokens of ServiceAccount ${account.namespace}/${account.name}`,
      access: {
        ...create,
        group: '',
        resource: 'serviceaccounts',
        subresource: 'token',
        ...(account ?? {}),
      },
    },
  ];
}

async function mayDo(api: KubernetesApi, { what, access }: Action): Promise<Check> {
  const { allowed } = await reviewAccess(api, access);
  if (allowed === undefined) {
    return { name: 'permission', state: 'unknown', text: `whether you may ${what}` };
  }
  return allowed
    ? { name: 'permission', state: 'ok', text: `you may ${what}` }
    : { name: 'permission', state: 'missing', text: `you may not ${what}` };
}
