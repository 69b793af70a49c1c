import type { Settings } from '../config/resolve.ts';
import { ownVariable } from '../config/setting.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import { clientSecretNames } from './secrets.ts';

/** What an exchange at Dex is told, but for the secrets. */
export interface ExchangeInput {
  readonly dexUrl: string;
  readonly clientId: string;
  readonly connectorId: string;
  readonly scope: string;
  readonly audiences: readonly string[];
  readonly requestedTokenType: string;
}

const audienceScope = 'audience:server:client_id:';

/**
 * The settings of an exchange, all there.
 * @throws DexchangeError setting_missing naming all that are missing, setting_conflict
 */
export function exchangeInput(settings: Settings): ExchangeInput {
  const required = ['dex-url', 'client-id', 'connector-id'] as const;
  const missing: SettingName[] = required.filter((name) => settings.value(name) === undefined);
  const { value, file, command } = clientSecretNames;
  if ([value, file, command].every((name) => settings.value(name) === undefined)) {
    missing.push(file);
  }
  if (missing.length > 0) {
    throw new DexchangeError(
      'setting_missing',
      `not set: ${missing.map((name) => (name === file ? 'the client secret' : `--${name}`)).join(', ')}`,
      {
        hint: `set ${missing.map(variableFor).join(', ')} in the job, or ${missing.map((name) => `--${name}`).join(', ')} in args of the kubeconfig's exec entry`,
      },
    );
  }
  rejectPlainHttpFromCluster(settings);
  const { scope, audiences } = scopeAndAudiences(settings);
  return {
    dexUrl: settings.value('dex-url') ?? '',
    clientId: settings.value('client-id') ?? '',
    connectorId: settings.value('connector-id') ?? '',
    scope,
    audiences,
    requestedTokenType: settings.value('requested-token-type'),
  };
}

/**
 * A cluster entry may come from somebody else, and plain http to this machine reaches whoever
 * listens there: only the user's own settings may ask for it.
 */
function rejectPlainHttpFromCluster(settings: Settings): void {
  const found = settings.found('dex-url');
  if (found?.origin.level !== 'cluster' || settings.value('allow-http')) return;
  if (/^https:/i.test(String(found.value))) return;
  throw new DexchangeError('url_insecure', `${found.origin.name} is not an https URL`, {
    hint: 'a cluster entry may come from somebody else: use https, or set --dex-url in the user entry',
  });
}

function variableFor(name: SettingName): string {
  return ownVariable(name === clientSecretNames.file ? clientSecretNames.value : name);
}

/** An audience item in `scope` sets the audience, as the administrator's page writes it. */
function scopeAndAudiences(settings: Settings): { scope: string; audiences: readonly string[] } {
  const items = settings
    .value('scope')
    .split(/\s+/)
    .filter((item) => item !== '');
  if (items.some((item) => item.includes(','))) {
    throw new DexchangeError(
      'setting_invalid',
      `${settings.found('scope')?.origin.name} has a comma in it`,
      { hint: 'scopes are separated by spaces' },
    );
  }
  const inScope = items
    .filter((item) => item.startsWith(audienceScope))
    .map((item) => item.slice(audienceScope.length));
  const scope = items.filter((item) => !item.startsWith(audienceScope)).join(' ');
  const audience = settings.value('audience');
  // A stronger --audience is preferred to what the cluster's scope says.
  const preferred = settings.rank('audience') < settings.rank('scope');
  if (inScope.length === 0 || preferred) return { scope, audiences: [audience] };
  const said = settings.found('audience')?.origin;
  if (said !== undefined && said.level !== 'default' && !inScope.includes(audience)) {
    throw new DexchangeError(
      'setting_conflict',
      `${said.name} and ${settings.found('scope')?.origin.name} name different audiences`,
      { hint: `leave ${audienceScope}… out of the scope; the audience is added to it` },
    );
  }
  return { scope, audiences: [...new Set(inScope)] };
}
