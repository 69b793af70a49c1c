import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import type { CiAccount, CiTokenRequest } from '../identity/ci-token-request.ts';
import { type ClientCredentials, clientCredentialsSource } from '../identity/client-credentials.ts';
import type { ExplicitToken, IdentityOptions } from '../identity/select.ts';
import type { Environment, Runtime } from '../ports.ts';
import { quoteId, quotePath } from '../sanitize.ts';
import { type DeferredSecret, readySecret, Secret } from '../secret.ts';
import { clientCredentialsInput, clientCredentialsNames } from './client-credentials.ts';
import { type ReadSettingFile, type Secrets, subjectTokenNames } from './secrets.ts';

const explicitNames = [
  'subject-token',
  'subject-token-env',
  'subject-token-file',
  'subject-token-command',
] as const satisfies readonly SettingName[];

/** Where identity tokens can come from, besides the settings. */
export interface IdentityPorts
  extends Pick<TokenRequesters, 'requestCiToken' | 'requestCiAccount'> {
  readonly env: Environment;
  readonly machine: () => readonly string[];
  readonly readTextFile: Runtime['readTextFile'];
  readonly requestClientCredentials: TokenRequesters['requestClientCredentials'];
}

/** The requests that obtain an identity token from a server. */
interface TokenRequesters {
  requestClientCredentials(request: ClientCredentials): Promise<Secret>;
  requestCiToken(request: CiTokenRequest): Promise<Secret>;
  requestCiAccount(request: CiTokenRequest): Promise<CiAccount>;
}

/**
 * Collects the possible sources of the identity token. A source is not read before it is selected.
 * @param readFile reads the private key of the IdP client
 */
export function identityOptions(
  settings: Settings,
  secrets: Secrets,
  readFile: ReadSettingFile,
  ports: IdentityPorts,
): IdentityOptions {
  const explicitRank = bestRank(settings, explicitNames);
  const grantRank = bestRank(settings, clientCredentialsNames);
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
      fileToken: (path, unreadable) =>
        fileToken(path, unreadable, settings.value('timeout'), ports.readTextFile),
      machine: ports.machine,
      requestToken: ports.requestCiToken,
      requestAccount: ports.requestCiAccount,
    },
  };
}

/**
 * The audience to request. For Dex it is its issuer: in DKP it ends with a slash, which users often
 * omit from --dex-url. Without Dex it is that of the credential, if it is set.
 */
function identityAudience(settings: Settings): string | undefined {
  const configured = settings.value('identity-audience');
  if (configured !== undefined) return configured;
  if (settings.value('method') === 'identity') return givenAudience(settings);
  const dexUrl = settings.value('dex-url') ?? '';
  const withoutPath = URL.canParse(dexUrl) && new URL(dexUrl).pathname === '/';
  return withoutPath && !dexUrl.endsWith('/') ? `${dexUrl}/` : dexUrl;
}

/** The audience of the credential, unless it is the default, which is meant for Dex. */
export function givenAudience(settings: Settings): string | undefined {
  const isDefault = settings.found('audience')?.origin.level === 'default';
  return isDefault ? undefined : settings.value('audience');
}

function fileToken(
  path: string,
  unreadable: string,
  maxWaitMs: number,
  readTextFile: Runtime['readTextFile'],
): DeferredSecret | undefined {
  const origin = `file ${quotePath(path, true)}`;
  try {
    return readySecret(origin, new Secret(readTextFile(path, maxWaitMs)));
  } catch (error) {
    const { message, absent } = error as Error & { absent?: boolean };
    if (absent === true) return undefined;
    throw new DexchangeError('subject_token_file_unreadable', `${origin} ${message}`, {
      hint: unreadable,
    });
  }
}

function bestRank(settings: Settings, names: readonly SettingName[]): number {
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
  const source = (['value', 'file', 'command'] as const).find(
    (candidate) => settings.value(subjectTokenNames[candidate]) !== undefined,
  );
  if (source === undefined) return undefined;
  return {
    kind: kinds[source],
    named: source !== 'value',
    read: () => secrets.get(subjectTokenNames),
  };
}

function variableToken(variable: string, env: Environment): DeferredSecret {
  const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
  const origin = `variable ${quoteId(variable)}`;
  if (!value) {
    throw new DexchangeError(
      'subject_token_invalid',
      `${origin} from --subject-token-env is ${value === undefined ? 'not set' : 'empty'}`,
      { hint: 'check whether the CI job sets it; in GitLab CI it must be listed in id_tokens' },
    );
  }
  return readySecret(origin, new Secret(value));
}
