import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import type { CiTokenRequest } from '../identity/ci-token-request.ts';
import { type ClientCredentials, clientCredentialsSource } from '../identity/client-credentials.ts';
import type { ExplicitToken, IdentityOptions } from '../identity/select.ts';
import type { Environment, Runtime } from '../ports.ts';
import { type DeferredSecret, readySecret, Secret } from '../secret.ts';
import { clientCredentialsInput, clientCredentialsNames } from './client-credentials.ts';
import { type ReadSettingFile, type Secrets, subjectTokenNames } from './secrets.ts';

const explicitNames = [
  'subject-token',
  'subject-token-env',
  'subject-token-file',
  'subject-token-command',
] as const satisfies readonly SettingName[];

/** Where identity tokens come from, besides the settings. */
export interface IdentityPorts extends Pick<TokenRequesters, 'requestCiToken'> {
  readonly env: Environment;
  readonly machine: () => readonly string[];
  readonly readTextFile: Runtime['readTextFile'];
  readonly requestClientCredentials: TokenRequesters['requestClientCredentials'];
}

/** The requests by which a server issues an identity token. */
interface TokenRequesters {
  requestClientCredentials(request: ClientCredentials): Promise<Secret>;
  requestCiToken(request: CiTokenRequest): Promise<Secret>;
}

/**
 * What the settings say of the identity token. Reads nothing of a source before it is chosen.
 * @param readFile reads the private key of the IdP client
 */
export function identityOptions(
  settings: Settings,
  secrets: Secrets,
  readFile: ReadSettingFile,
  ports: IdentityPorts,
): IdentityOptions {
  const explicitRank = strongest(settings, explicitNames);
  const grantRank = strongest(settings, clientCredentialsNames);
  const isGrantSet = grantRank !== Number.POSITIVE_INFINITY;
  return {
    wanted: settings.value('identity'),
    explicit: explicitToken(settings, secrets, ports.env),
    clientCredentials: isGrantSet
      ? () =>
          clientCredentialsSource(
            clientCredentialsInput(settings, secrets, readFile),
            ports.requestClientCredentials,
          )
      : undefined,
    explicitIsOutranked: explicitRank > grantRank,
    surroundings: {
      env: ports.env,
      audience: identityAudience(settings),
      azureServiceConnectionId: settings.value('azure-service-connection-id'),
      projectedToken: (path) => projectedToken(path, settings.value('timeout'), ports.readTextFile),
      machine: ports.machine,
      requestToken: ports.requestCiToken,
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
  maxWaitMs: number,
  readTextFile: Runtime['readTextFile'],
): DeferredSecret | undefined {
  const origin = `file ${path}`;
  try {
    return readySecret(origin, new Secret(readTextFile(path, maxWaitMs)));
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
  secrets: Secrets,
  env: Environment,
): ExplicitToken | undefined {
  const variable = settings.value('subject-token-env');
  if (variable !== undefined) {
    return { kind: 'env', named: true, read: () => variableToken(variable, env) };
  }
  const kinds = { value: 'env', file: 'file', command: 'command' } as const;
  const given = (['value', 'file', 'command'] as const).find(
    (candidate) => settings.value(subjectTokenNames[candidate]) !== undefined,
  );
  if (given === undefined) return undefined;
  return {
    kind: kinds[given],
    named: given !== 'value',
    read: () => secrets.get(subjectTokenNames),
  };
}

function variableToken(variable: string, env: Environment): DeferredSecret {
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
