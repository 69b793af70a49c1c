import type { DeferredSecret } from '../deferred-secret.ts';
import { DexchangeError } from '../errors.ts';
import { present, type Surroundings } from './ambient-system.ts';
import { ambientVariables } from './ambient-variables.ts';
import { givenSource } from './given-source.ts';
import { ambientNamed, namedAmbient, onlyAmbient } from './select-ambient.ts';
import type { IdentitySource } from './source.ts';

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
  readonly surroundings: Surroundings;
}

export interface ExplicitToken {
  readonly kind: 'env' | 'file' | 'command';
  /** True if the setting names the place of the token rather than holding the token itself. */
  readonly named: boolean;
  /** @throws DexchangeError if it cannot be read */
  read(): DeferredSecret;
}

/**
 * The one source of the identity token. `auto` takes what is set explicitly, then client
 * credentials, then the one system that offers a token; a name takes that source or fails. A chosen
 * source that fails is an error, never a reason to try another.
 * @throws DexchangeError identity_none, identity_ambiguous, identity_unavailable, setting_missing
 */
export function selectIdentity(options: IdentityOptions): IdentitySource {
  const { wanted, explicit, clientCredentials } = options;
  switch (wanted) {
    case 'auto':
      break;
    case 'env':
    case 'file':
    case 'command':
      if (explicit?.kind === wanted) return explicitSource(explicit, options.surroundings);
      throw notConfigured(wanted, explicit);
    case 'client-credentials':
      if (clientCredentials !== undefined) return clientCredentials();
      throw notConfigured(wanted, explicit);
    default:
      return forcedAmbient(wanted, options);
  }
  if (explicit !== undefined && !(clientCredentials !== undefined && options.explicitIsWeaker)) {
    return explicitSource(explicit, options.surroundings);
  }
  if (clientCredentials !== undefined) return clientCredentials();
  return onlyAmbient(options.surroundings);
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

function explicitSource({ kind, read }: ExplicitToken, surroundings: Surroundings): IdentitySource {
  return givenSource(kind, read(), kind === 'env' ? variableExpired(surroundings) : rereadExpired);
}

const rereadExpired = 'it is read anew on each call: whatever provides it must provide a fresh one';

/** The variable may be the one that the CI system was told to put its token into. */
function variableExpired({ env }: Surroundings): string {
  const here = ambientVariables.find(({ marker = '' }) => present(env, marker) !== undefined);
  return (
    here?.whenExpired ??
    'a variable is not renewed: set a fresh token, or use --subject-token-file or --subject-token-command, which are read on each call'
  );
}

/** A system asked for by name, whose token may be in a place that the settings name. */
function forcedAmbient(
  wanted: string,
  { explicit, surroundings }: IdentityOptions,
): IdentitySource {
  const { place } = ambientNamed(wanted);
  if (explicit?.named !== true || explicit.kind !== place) {
    return namedAmbient(wanted, surroundings);
  }
  return { ...explicitSource(explicit, surroundings), name: wanted };
}
