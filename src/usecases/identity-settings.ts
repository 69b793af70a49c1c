import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import { type DeferredSecret, readySecret } from '../deferred-secret.ts';
import { DexchangeError } from '../errors.ts';
import { clientCredentialsSource } from '../identity/client-credentials.ts';
import type { ExplicitToken, IdentityOptions } from '../identity/select.ts';
import { Secret } from '../secret.ts';
import {
  clientCredentialsNames,
  clientCredentialsSettings,
} from './client-credentials-settings.ts';
import type { Outside, RenewalOnDemand } from './outside.ts';
import { secretSetting, subjectTokenNames } from './secret-settings.ts';

const explicitNames = [
  'subject-token',
  'subject-token-env',
  'subject-token-file',
  'subject-token-command',
] as const satisfies readonly SettingName[];

/**
 * What the settings say of the identity token. Nothing is read of a source before it is chosen.
 */
export function identitySettings(
  settings: Settings,
  outside: Outside,
  renewal: RenewalOnDemand,
): IdentityOptions {
  const explicitRank = strongest(settings, explicitNames);
  const grantRank = strongest(settings, clientCredentialsNames);
  const isSet = (rank: number): boolean => rank !== Number.POSITIVE_INFINITY;
  return {
    wanted: settings.value('identity'),
    explicit: explicitToken(settings, outside, renewal),
    clientCredentials: isSet(grantRank)
      ? () =>
          clientCredentialsSource(
            clientCredentialsSettings(settings, outside, renewal),
            async (request) => (await renewal()).requestClientCredentials(request),
          )
      : undefined,
    explicitIsWeaker: explicitRank > grantRank,
    env: outside.env,
  };
}

function strongest(settings: Settings, names: readonly SettingName[]): number {
  return Math.min(...names.map((name) => settings.rank(name)));
}

function explicitToken(
  settings: Settings,
  outside: Outside,
  renewal: RenewalOnDemand,
): ExplicitToken | undefined {
  const variable = settings.value('subject-token-env');
  if (variable !== undefined) {
    return { kind: 'env', read: () => variableToken(variable, outside.env) };
  }
  const kinds = { value: 'env', file: 'file', command: 'command' } as const;
  const given = (['value', 'file', 'command'] as const).find(
    (candidate) => settings.value(subjectTokenNames[candidate]) !== undefined,
  );
  if (given === undefined) return undefined;
  return {
    kind: kinds[given],
    read: () => secretSetting(subjectTokenNames, settings, outside, renewal),
  };
}

function variableToken(variable: string, env: Outside['env']): DeferredSecret {
  const value = env[variable];
  const origin = `variable ${variable}`;
  if (!value) {
    throw new DexchangeError(
      'subject_token_invalid',
      `${origin}, which --subject-token-env names, is ${value === undefined ? 'not set' : 'empty'}`,
      { hint: 'see whether the CI job provides it; in GitLab CI it must stand under id_tokens:' },
    );
  }
  return readySecret(origin, new Secret(value));
}
