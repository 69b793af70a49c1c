import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import { type DeferredSecret, readySecret } from '../deferred-secret.ts';
import { DexchangeError } from '../errors.ts';
import { clientCredentialsSource } from '../identity/client-credentials.ts';
import type { ExplicitToken, IdentityOptions } from '../identity/select.ts';
import { Secret } from '../secret.ts';
import type { OpenNetwork, Runtime } from '../usecases/outside.ts';
import { clientCredentialsInput, clientCredentialsNames } from './client-credentials.ts';
import { secretSetting, subjectTokenNames } from './secrets.ts';

const explicitNames = [
  'subject-token',
  'subject-token-env',
  'subject-token-file',
  'subject-token-command',
] as const satisfies readonly SettingName[];

/**
 * What the settings say of the identity token. Nothing is read of a source before it is chosen.
 */
export function identityOptions(
  settings: Settings,
  runtime: Runtime,
  network: OpenNetwork,
): IdentityOptions {
  const explicitRank = strongest(settings, explicitNames);
  const grantRank = strongest(settings, clientCredentialsNames);
  const isSet = (rank: number): boolean => rank !== Number.POSITIVE_INFINITY;
  return {
    wanted: settings.value('identity'),
    explicit: explicitToken(settings, runtime, network),
    clientCredentials: isSet(grantRank)
      ? () =>
          clientCredentialsSource(
            clientCredentialsInput(settings, runtime, network),
            async (request) => (await network()).requestClientCredentials(request),
          )
      : undefined,
    explicitIsOutranked: explicitRank > grantRank,
    surroundings: {
      env: runtime.env,
      audience: identityAudience(settings),
      azureServiceConnectionId: settings.value('azure-service-connection-id'),
      projectedToken: (path) => projectedToken(path, settings, runtime),
      machine: () => runtime.machine(),
      requestToken: async (request) => (await network()).requestCiToken(request),
    },
  };
}

/** Dex's issuer as Dex has it: DKP's ends in a slash, which stays unwritten more often than not. */
function identityAudience(settings: Settings): string {
  const dexUrl = settings.value('dex-url') ?? '';
  const said = settings.value('identity-audience');
  if (said !== undefined) return said;
  const withoutPath = URL.canParse(dexUrl) && new URL(dexUrl).pathname === '/';
  return withoutPath && !dexUrl.endsWith('/') ? `${dexUrl}/` : dexUrl;
}

function projectedToken(
  path: string,
  settings: Settings,
  runtime: Runtime,
): DeferredSecret | undefined {
  const origin = `file ${path}`;
  try {
    return readySecret(origin, new Secret(runtime.readTextFile(path, settings.value('timeout'))));
  } catch (error) {
    const { message, absent } = error as Error & { absent?: boolean };
    if (absent === true) return undefined;
    throw new DexchangeError('subject_token_file_unreadable', `${origin} ${message}`, {
      hint: "see the projected volume's defaultMode, and fsGroup of the pod",
    });
  }
}

function strongest(settings: Settings, names: readonly SettingName[]): number {
  return Math.min(...names.map((name) => settings.rank(name)));
}

function explicitToken(
  settings: Settings,
  runtime: Runtime,
  network: OpenNetwork,
): ExplicitToken | undefined {
  const variable = settings.value('subject-token-env');
  if (variable !== undefined) {
    return { kind: 'env', named: true, read: () => variableToken(variable, runtime.env) };
  }
  const kinds = { value: 'env', file: 'file', command: 'command' } as const;
  const given = (['value', 'file', 'command'] as const).find(
    (candidate) => settings.value(subjectTokenNames[candidate]) !== undefined,
  );
  if (given === undefined) return undefined;
  return {
    kind: kinds[given],
    named: given !== 'value',
    read: () => secretSetting(subjectTokenNames, settings, runtime, network),
  };
}

function variableToken(variable: string, env: Runtime['env']): DeferredSecret {
  const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
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
