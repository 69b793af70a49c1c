import { type DeferredSecret, readySecret } from '../deferred-secret.ts';
import { DexchangeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { type AmbientVariable, ambientVariables } from './ambient.ts';
import type { IdentitySource } from './source.ts';
import { cleanToken } from './token-text.ts';

/** What is configured of each kind of source; undefined is not configured. */
export interface IdentityOptions {
  /** `auto` or the name of a source. */
  readonly wanted: string;
  /** The token said outright: by value, variable, file or command. */
  readonly explicit: ExplicitToken | undefined;
  /** Client credentials at the IdP, if any of their settings is there. */
  readonly clientCredentials: (() => IdentitySource) | undefined;
  /** True if the explicit token comes from a weaker place than the client credentials do. */
  readonly explicitIsWeaker: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ExplicitToken {
  readonly kind: 'env' | 'file' | 'command';
  /** @throws DexchangeError if it cannot be read */
  read(): DeferredSecret;
}

/**
 * The one source of the identity token. `auto` takes what is set explicitly, then client
 * credentials, then the one CI system that gives a token; a name takes that source or fails. A
 * chosen source that fails is an error, never a reason to try another.
 * @throws DexchangeError identity_none, identity_ambiguous, identity_unavailable
 */
export function selectIdentity(options: IdentityOptions): IdentitySource {
  const { wanted, explicit, clientCredentials } = options;
  switch (wanted) {
    case 'auto':
      break;
    case 'env':
    case 'file':
    case 'command':
      if (explicit?.kind === wanted) return explicitSource(explicit);
      throw notConfigured(wanted, explicit);
    case 'client-credentials':
      if (clientCredentials !== undefined) return clientCredentials();
      throw notConfigured(wanted, explicit);
    default:
      return forcedAmbient(wanted, options);
  }
  if (explicit !== undefined && !(clientCredentials !== undefined && options.explicitIsWeaker)) {
    return explicitSource(explicit);
  }
  if (clientCredentials !== undefined) return clientCredentials();
  return ambientSource(options);
}

const remedies: Readonly<Record<string, string>> = {
  env: 'set --subject-token-env to the name of the variable',
  file: 'set --subject-token-file',
  command: 'set --subject-token-command',
  'client-credentials': 'set --idp-issuer-url or --idp-token-url, and --idp-client-id',
};

function notConfigured(wanted: string, explicit: ExplicitToken | undefined): DexchangeError {
  const instead = explicit === undefined ? '' : `; identity ${explicit.kind} is`;
  return new DexchangeError(
    'setting_missing',
    `identity ${wanted} is asked for, but not configured${instead}`,
    { hint: remedies[wanted] ?? '' },
  );
}

function explicitSource({ kind, read }: ExplicitToken): IdentitySource {
  return tokenSource(kind, read());
}

function tokenSource(name: string, token: DeferredSecret): IdentitySource {
  return {
    name,
    origin: token.origin,
    tokenType: 'id_token',
    keyInputs: [name, ...token.keyInputs],
    obtain: async () => cleanToken(await token.value(), token.origin),
  };
}

function forcedAmbient(wanted: string, options: IdentityOptions): IdentitySource {
  const row = ambientVariables.find((candidate) => candidate.name === wanted);
  if (row === undefined) {
    throw new DexchangeError('setting_invalid', `identity ${wanted} is not known`);
  }
  if (options.env[row.variable]) return variableSource(row, options.env);
  throw new DexchangeError(
    'identity_unavailable',
    `identity ${row.name}: ${row.variable} is not set`,
    { hint: row.remedy },
  );
}

function ambientSource({ env }: IdentityOptions): IdentitySource {
  const [match, second] = ambientVariables.filter((row) => env[row.variable]);
  if (match !== undefined && second === undefined) return variableSource(match, env);
  if (match !== undefined && second !== undefined) {
    throw new DexchangeError(
      'identity_ambiguous',
      `two CI systems offer an identity token: ${match.name} (${match.variable}) and ${second.name} (${second.variable})`,
      { hint: `choose one: --identity ${match.name} or --identity ${second.name}` },
    );
  }
  const here = ambientVariables.find((row) => env[row.marker]);
  if (here !== undefined) {
    throw new DexchangeError(
      'identity_none',
      `this is ${here.name} (${here.marker} is set), but it gave the job no identity token: ${here.variable} is not set`,
      { hint: here.remedy },
    );
  }
  const looked = ambientVariables.map((row) => row.variable).join(', ');
  throw new DexchangeError(
    'identity_none',
    `there is no identity token: looked for subject-token settings, SUBJECT_TOKEN, IDP_TOKEN, client credentials, ${looked}`,
    {
      hint: 'name one by --subject-token-env, --subject-token-file or --subject-token-command, or configure --idp-issuer-url and --idp-client-id',
    },
  );
}

function variableSource(row: AmbientVariable, env: IdentityOptions['env']): IdentitySource {
  const token = new Secret(env[row.variable] ?? '');
  return tokenSource(row.name, readySecret(`variable ${row.variable}`, token));
}
