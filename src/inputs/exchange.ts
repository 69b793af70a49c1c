import type { KeyInput } from '../cache/key.ts';
import { missingSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import type { IdentityOptions } from '../identity/select.ts';
import type { DeferredSecret } from '../secret.ts';
import { trustKeyInputs } from './cache.ts';
import { type IdentityPorts, identityOptions } from './identity.ts';
import { clientSecretNames, isSecretSet, type SecretPorts, secretsOf } from './secrets.ts';

/** The parameters of an exchange at Dex, without the secrets. */
export interface ExchangeInput {
  readonly dexUrl: string;
  readonly clientId: string;
  readonly connectorId: string;
  readonly scope: string;
  readonly audiences: readonly string[];
  /** What sets the audiences, for errors: `--audience`, `DEXCHANGE_SCOPE`. */
  readonly audienceOrigin: string;
  readonly requestedTokenType: string;
}

const audienceScope = 'audience:server:client_id:';

/**
 * Builds the parameters of a token exchange from the settings.
 * @throws DexchangeError setting_missing with the names of all missing settings, setting_conflict,
 *   setting_invalid, url_insecure
 */
export function exchangeInput(settings: Settings): ExchangeInput {
  const required = ['dex-url', 'client-id', 'connector-id'] as const;
  const missing: SettingName[] = required.filter((name) => settings.value(name) === undefined);
  if (!isSecretSet(clientSecretNames, settings)) missing.push(clientSecretNames.file);
  if (missing.length > 0) throw missingSetting(missing);
  rejectPlainHttpFromCluster(settings);
  const { scope, audiences, origin } = scopeAndAudiences(settings);
  return {
    dexUrl: settings.value('dex-url') ?? '',
    clientId: settings.value('client-id') ?? '',
    connectorId: settings.value('connector-id') ?? '',
    scope,
    audiences,
    audienceOrigin: settings.found(origin)?.origin.name ?? `--${origin}`,
    requestedTokenType: settings.value('requested-token-type'),
  };
}

/**
 * Rejects plain http in the cluster's extension: a cluster entry can come from another person, and
 * plain http to this machine reaches any process that listens there. Only the
 * user's own settings can allow it.
 */
function rejectPlainHttpFromCluster(settings: Settings): void {
  const found = settings.found('dex-url');
  if (found?.origin.level !== 'cluster' || settings.value('allow-http')) return;
  if (/^https:/i.test(String(found.value))) return;
  throw new DexchangeError('url_insecure', `${found.origin.name} is not an https URL`, {
    hint: 'use https, or set --dex-url in the user entry: a cluster entry can come from another person',
  });
}

/** An audience item in `scope` sets the audience: the DKP guide *Access for CI/CD* writes it so. */
function scopeAndAudiences(settings: Settings): {
  scope: string;
  audiences: readonly string[];
  origin: 'audience' | 'scope';
} {
  const items = settings
    .value('scope')
    .split(/\s+/)
    .filter((item) => item !== '');
  if (items.some((item) => item.includes(','))) {
    throw new DexchangeError(
      'setting_invalid',
      `${settings.found('scope')?.origin.name} contains a comma`,
      { hint: 'separate scopes with spaces' },
    );
  }
  const inScope = items
    .filter((item) => item.startsWith(audienceScope))
    .map((item) => item.slice(audienceScope.length));
  const scope = items.filter((item) => !item.startsWith(audienceScope)).join(' ');
  const audience = settings.value('audience');
  // An audience of higher precedence wins over an audience item in the scope.
  const preferred = settings.rank('audience') < settings.rank('scope');
  if (inScope.length === 0 || preferred) {
    return { scope, audiences: [audience], origin: 'audience' };
  }
  const audienceOrigin = settings.found('audience')?.origin;
  if (
    audienceOrigin !== undefined &&
    audienceOrigin.level !== 'default' &&
    !inScope.includes(audience)
  ) {
    throw new DexchangeError(
      'setting_conflict',
      `${audienceOrigin.name} and ${settings.found('scope')?.origin.name} set different audiences`,
      { hint: `remove ${audienceScope}… from the scope; the audience is added to it` },
    );
  }
  return { scope, audiences: [...new Set(inScope)], origin: 'scope' };
}

/** The input of a token exchange from the settings. */
export interface TokenExchangeInput {
  readonly exchange: ExchangeInput;
  readonly clientSecret: DeferredSecret;
  readonly identity: IdentityOptions;
  /** Undefined means the type of the identity source. */
  readonly subjectTokenType: string | undefined;
  readonly trust: readonly KeyInput[];
}

/**
 * Builds the input of a token exchange from the settings. Reads the files of the client secret and of
 * the certificates.
 * @throws DexchangeError setting_missing, setting_conflict, setting_invalid,
 *   setting_file_unreadable, url_insecure
 */
export function tokenExchangeInput(
  settings: Settings,
  ports: SecretPorts & IdentityPorts,
): TokenExchangeInput {
  const exchange = exchangeInput(settings);
  const secrets = secretsOf(settings, ports);
  return {
    exchange,
    clientSecret: secrets.get(clientSecretNames),
    identity: identityOptions(settings, secrets, ports.readFile, ports),
    subjectTokenType: settings.value('subject-token-type'),
    trust: trustKeyInputs(settings, ports.readFile),
  };
}
