import type { Settings } from '../../config/resolve.ts';
import { canExchange, type DexProvider, dexProviders } from '../../kubernetes/dex-providers.ts';
import type { ReadResult } from '../../kubernetes/read-cluster.ts';
import { quoteInput, sanitize } from '../../sanitize.ts';
import { listed } from '../../terminal/layout.ts';
import {
  asked,
  type Check,
  type DiscoveredValue,
  failedCheck,
  type Part,
  type Read,
} from './discovery.ts';

/** The DexProviders, and the connector of token exchange. */
export async function providerPart(settings: Settings, read: Read): Promise<Part> {
  const providers = await read(dexProviders);
  const wanted = settings.value('connector-id');
  return {
    values: connectorValue(wanted, providers),
    checks: [
      ...providerChecks(providers),
      ...(wanted === undefined ? [] : [asked(connectorCheck(wanted, providers))]),
    ],
  };
}

/** The connector of `--connector-id` unless it does not exist, or the only one there can be. */
function connectorValue(
  wanted: string | undefined,
  providers: ReadResult<readonly DexProvider[]>,
): readonly DiscoveredValue[] {
  const name = 'DEX_CONNECTOR_ID';
  if (!providers.found) {
    return wanted === undefined ? [] : [{ name, value: wanted, place: '--connector-id' }];
  }
  const value =
    wanted === undefined
      ? onlyConnector(providers.value)
      : providers.value.find((provider) => provider.name === wanted)?.name;
  return value === undefined ? [] : [{ name, value, place: 'dexproviders' }];
}

/** Whether the DexProvider of `--connector-id` exists, and can exchange tokens. */
function connectorCheck(wanted: string, providers: ReadResult<readonly DexProvider[]>): Check {
  const name = 'connector';
  if (!providers.found) return failedCheck(name, providers.error);
  const text = quoteInput(wanted, 80);
  const usable = providers.value.filter(canExchange).map((provider) => provider.name);
  const hint = usable.length === 0 ? createProvider : `set --connector-id to ${listed(usable)}`;
  const found = providers.value.find((provider) => provider.name === wanted);
  if (found === undefined) {
    return { name, state: 'missing', text: `there is no DexProvider ${text}`, hint };
  }
  if (canExchange(found)) return { name, state: 'ok', text: `${text} is a DexProvider` };
  return { name, state: 'warning', text: `${text} is not of type OIDC`, hint };
}

/** The only DexProvider that supports token exchange; undefined if there are several or none. */
function onlyConnector(providers: readonly DexProvider[]): string | undefined {
  const [only, ...others] = providers.filter(canExchange);
  return others.length === 0 ? only?.name : undefined;
}

const createProvider =
  'create one: `dexchange manifests token-exchange --provider gitlab --idp-issuer-url https://gitlab.example.com`, or with --provider github, keycloak or oidc';

/** What the DexProviders can do, and whether there is one for each method. */
function providerChecks(providers: ReadResult<readonly DexProvider[]>): readonly Check[] {
  if (!providers.found) return [failedCheck('DexProvider', providers.error)];
  const checks = providers.value.map(providerCheck);
  if (!providers.value.some(canExchange)) {
    checks.push({
      name: 'DexProvider',
      state: 'missing',
      text: 'there is none of type OIDC, which token exchange needs',
      hint: createProvider,
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
  } else if (basic.length === 1) {
    const text = `DexProvider ${names} checks the passwords`;
    checks.push({ name: 'Basic Auth', state: 'ok', text });
  } else {
    const text = 'no DexProvider has enableBasicAuth: true';
    checks.push({ name: 'Basic Auth', state: 'off', text });
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
