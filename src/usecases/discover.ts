import type { Settings } from '../config/resolve.ts';
import type { DexchangeError } from '../errors.ts';
import { type ResourceAccess, reviewAccess } from '../kubernetes/access-review.ts';
import type { KubernetesApi } from '../kubernetes/client/api.ts';
import {
  apiCa,
  apiHost,
  clientSecret,
  dexClient,
  dexHost,
  serviceAccount,
  serviceAccountToken,
} from '../kubernetes/deckhouse.ts';
import { canExchange, type DexProvider, dexProviders } from '../kubernetes/dex-providers.ts';
import { dexClientId } from '../kubernetes/manifests/dex-client.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import { type ReadResult, readCluster, requireDeckhouse } from '../kubernetes/read-cluster.ts';
import { quoteInput, sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/** The values and prerequisites that were read from a cluster. */
export interface Discovery {
  /** With the names of the DKP guide *Access for CI/CD*: API_HOST, DEX_HOST, DEX_CLIENT_ID and so on. */
  readonly values: readonly DiscoveredValue[];
  readonly checks: readonly Check[];
}

/** A value that was read from a cluster. */
export interface DiscoveredValue {
  readonly name: string;
  readonly value: string | Secret;
  /** Its location in the cluster: `ingress d8-user-authn/dex`. */
  readonly place: string;
}

/** A prerequisite of a method, and whether it is met. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'missing' | 'unknown';
  readonly text: string;
  readonly hint?: string;
  /** Whether the call asked for it: the addresses, and every object that a flag names. */
  readonly asked?: true;
}

/**
 * The exit code of a discovery: 0 if everything that was asked for is there, 2 if something is
 * missing, 6 if the user is not allowed to read it.
 */
export function discoveryExitCode({ checks }: Discovery): 0 | 2 | 6 {
  const failed = failedChecks(checks);
  if (failed.some(({ state }) => state === 'missing')) return 2;
  return failed.length > 0 ? 6 : 0;
}

/** The checks that failed and that the call asked for. */
export function failedChecks(checks: readonly Check[]): readonly Check[] {
  return checks.filter(
    ({ asked, state }) => asked === true && (state === 'missing' || state === 'unknown'),
  );
}

function asked(check: Check, isAsked = true): Check {
  return isAsked ? { ...check, asked: true } : check;
}

/**
 * Reads the values that users of the DKP guide *Access for CI/CD* read by hand, and checks the
 * prerequisites of the guide. A missing or forbidden value is part of the result, not an error.
 * @throws DexchangeError api_*, server_*, setting_invalid
 */
export async function discover(settings: Settings, api: KubernetesApi): Promise<Discovery> {
  await requireDeckhouse(api);
  const name = objectName(settings.value('client-name'), '--client-name');
  const namespace = namespaceName(settings.value('client-namespace'), '--client-namespace');
  const values: DiscoveredValue[] = [];
  const checks: Check[] = [];
  const addValue = (key: string, result: ReadResult<string>, secret = false): void => {
    if (!result.found) return;
    const value = secret ? new Secret(result.value) : result.value;
    values.push({ name: key, value, place: result.location });
  };

  const host = await readCluster(api, apiHost);
  addValue('API_HOST', host);
  checks.push(
    asked(checkOf('publishAPI', host, (value) => `the API is published at https://${value}`)),
  );
  const ca = await readCluster(api, apiCa);
  if (ca.found) {
    const value = Buffer.from(ca.value).toString('base64');
    values.push({ name: 'API_CA_DATA', value, place: ca.location });
  }
  const dex = await readCluster(api, dexHost);
  addValue('DEX_HOST', dex);
  checks.push(asked(checkOf('Dex', dex, (value) => `its issuer is https://${value}/`)));

  const client = await readCluster(api, dexClient(name, namespace));
  const isClientNamed = settings.found('client-name')?.origin.level !== 'default';
  checks.push(asked(clientCheck(client, name), isClientNamed));
  if (client.found) {
    const value = dexClientId(name, namespace);
    values.push({ name: 'DEX_CLIENT_ID', value, place: client.location });
  }
  const providers = await readCluster(api, dexProviders);
  const connector = connectorOf(providers, settings);
  if (connector !== undefined) {
    values.push({ name: 'DEX_CONNECTOR_ID', value: connector, place: 'dexproviders' });
  }
  checks.push(...providerChecks(providers));
  const wanted = settings.value('connector-id');
  if (wanted !== undefined && providers.found) checks.push(connectorCheck(wanted, providers.value));
  const account = accountOf(settings);
  if (account !== undefined) {
    const { name: of, namespace: at } = account;
    const existing = await readCluster(api, serviceAccount(of, at));
    checks.push(asked(checkOf('ServiceAccount', existing, () => `${at}/${of} exists`)));
  }
  if (settings.value('show-secrets')) {
    const secret = await readCluster(api, clientSecret(name, namespace));
    addValue('DEX_CLIENT_SECRET', secret, true);
    if (!secret.found) checks.push(asked(checkOf('client secret', secret, () => '')));
    if (account !== undefined) {
      const token = await readCluster(api, serviceAccountToken(account.name, account.namespace));
      addValue('KUBE_TOKEN', token, true);
      checks.push(
        asked(checkOf('static token', token, () => 'exists; short-lived tokens are safer')),
      );
    }
  }
  for (const action of actions(namespace, account)) checks.push(await permissionCheck(api, action));
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

function checkOf<T>(name: string, result: ReadResult<T>, text: (value: T) => string): Check {
  if (result.found) return { name, state: 'ok', text: text(result.value) };
  return failedCheck(name, result.error);
}

function failedCheck(name: string, error: DexchangeError): Check {
  return {
    name,
    // An object that this user is not allowed to read can still exist.
    state: error.code === 'api_forbidden' ? 'unknown' : 'missing',
    text: error.message,
    hint: error.hint,
  };
}

function clientCheck(
  client: ReadResult<{ allowsAudienceKubernetes: boolean }>,
  name: string,
): Check {
  if (!client.found) return failedCheck('DexClient', client.error);
  if (client.value.allowsAudienceKubernetes) {
    return { name: 'DexClient', state: 'ok', text: `${name} may ask for audience kubernetes` };
  }
  return {
    name: 'DexClient',
    state: 'missing',
    text: `${name} lacks the annotation allow-access-to-kubernetes: Dex will answer 500`,
    hint: 'apply the DexClient again as a user who can update ModuleConfig user-authn: `dexchange manifests token-exchange | kubectl apply -f -`',
  };
}

function connectorCheck(wanted: string, providers: readonly DexProvider[]): Check {
  const text = quoteInput(wanted, 80);
  if (providers.some(({ name }) => name === wanted)) {
    return asked({ name: 'connector', state: 'ok', text: `${text} is a DexProvider` });
  }
  const names = providers.map(({ name }) => sanitize(name, { maxChars: 80 }));
  return asked({
    name: 'connector',
    state: 'missing',
    text: `there is no DexProvider ${text}`,
    hint: names.length === 0 ? 'create it' : `set --connector-id to ${names.join(' or ')}`,
  });
}

/** The connector in --connector-id, or the only one that supports token exchange. */
function connectorOf(
  providers: ReadResult<readonly DexProvider[]>,
  settings: Settings,
): string | undefined {
  const configured = settings.value('connector-id');
  if (configured !== undefined || !providers.found) return configured;
  const candidates = providers.value.filter(canExchange);
  return candidates.length === 1 ? candidates[0]?.name : undefined;
}

function providerChecks(providers: ReadResult<readonly DexProvider[]>): readonly Check[] {
  if (!providers.found) return [failedCheck('DexProvider', providers.error)];
  const checks = providers.value.map(providerCheck);
  if (!providers.value.some(canExchange)) {
    checks.push({
      name: 'DexProvider',
      state: 'missing',
      text: 'there is none of type OIDC, which token exchange needs',
      hint: 'create one: `dexchange manifests token-exchange --provider gitlab --idp-issuer-url https://gitlab.example.com`, or with --provider github, keycloak or oidc',
    });
  }
  const basic = providers.value.filter(({ enableBasicAuth }) => enableBasicAuth);
  const names = sanitize(basic.map(({ name }) => name).join(', '));
  if (basic.length > 1) {
    checks.push({
      name: 'Basic Auth',
      state: 'missing',
      text: `${basic.length} DexProviders have enableBasicAuth: ${names}`,
      hint: 'keep enableBasicAuth in one of them: only one DexProvider in a cluster can have it',
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

function providerCheck(provider: DexProvider): Check {
  const { name, type, getUserInfo } = provider;
  const displayName = sanitize(name, { maxChars: 80 });
  if (canExchange(provider)) {
    const accessTokens = getUserInfo
      ? 'exchanges id_tokens and access tokens'
      : 'exchanges id_tokens; access tokens need getUserInfo: true';
    return { name: 'DexProvider', state: 'ok', text: `${displayName} (OIDC) ${accessTokens}` };
  }
  return {
    name: 'DexProvider',
    state: 'warning',
    text: `${displayName} (${sanitize(type, { maxChars: 40 })}) cannot exchange tokens in Dex 2.45.1, only type OIDC can`,
  };
}

/** An action of an administrator, and the permission that it requires. */
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

async function permissionCheck(api: KubernetesApi, { what, access }: Action): Promise<Check> {
  const { allowed } = await reviewAccess(api, access);
  if (allowed === undefined) {
    return { name: 'permission', state: 'unknown', text: `unknown whether you may ${what}` };
  }
  return allowed
    ? { name: 'permission', state: 'ok', text: `you may ${what}` }
    : { name: 'permission', state: 'missing', text: `you may not ${what}` };
}
