import { DexchangeError } from '../errors.ts';
import type { DeferredSecret } from '../secret.ts';
import { type Surroundings, variableValue } from './ambient-system.ts';
import { givenSource } from './given-source.ts';
import { ambientSourceNamed, ambientSystemNamed, detectedAmbientSource } from './select-ambient.ts';
import type { IdentitySource } from './source.ts';
import { variableSystems } from './variable-systems.ts';

/** The configuration of each kind of source; undefined if it is not configured. */
export interface IdentityOptions {
  /** The value of `--identity`: `auto` or the name of a source. */
  readonly wanted: string;
  /** The token that the user provides by value, variable, file or command. */
  readonly explicit: ExplicitToken | undefined;
  /**
   * Makes the source for client credentials at the IdP; undefined if none of their settings is set.
   */
  readonly clientCredentials: (() => IdentitySource) | undefined;
  /** True if the client credentials settings have precedence over the explicit token. */
  readonly explicitIsOutranked: boolean;
  readonly surroundings: Surroundings;
}

export interface ExplicitToken {
  readonly kind: 'env' | 'file' | 'command';
  /** True if the setting names the variable, file or command; false if it is the token itself. */
  readonly named: boolean;
  /** @throws DexchangeError if the token cannot be read */
  read(): DeferredSecret;
}

/**
 * Selects the source of the identity token. `auto` selects an explicit token, else client
 * credentials, else the only system that offers a token; a name selects that source or fails. If
 * the selected source fails later, the call fails: no other source is tried.
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
      return requestedAmbientSource(wanted, options);
  }
  if (explicit !== undefined && !(clientCredentials !== undefined && options.explicitIsOutranked)) {
    return explicitSource(explicit, options.surroundings);
  }
  if (clientCredentials !== undefined) return clientCredentials();
  return detectedAmbientSource(options.surroundings);
}

const remedies: Readonly<Record<string, string>> = {
  env: 'set --subject-token-env to the name of the variable that contains the token',
  file: 'set --subject-token-file',
  command: 'set --subject-token-command',
  'client-credentials': 'set --idp-issuer-url or --idp-token-url, and --idp-client-id',
};

function notConfigured(wanted: string, explicit: ExplicitToken | undefined): DexchangeError {
  const other = explicit === undefined ? '' : `, while ${explicit.kind} is`;
  return new DexchangeError(
    'setting_missing',
    `--identity selects ${wanted}, which is not configured${other}`,
    { hint: remedies[wanted] ?? '' },
  );
}

function explicitSource({ kind, read }: ExplicitToken, surroundings: Surroundings): IdentitySource {
  if (kind !== 'env') return givenSource(kind, read(), rereadExpired);
  const { whenExpired, ifLonger } = variableHints(surroundings);
  return givenSource(kind, read(), whenExpired, ifLonger);
}

const rereadExpired =
  'provide a fresh token: dexchange reads the file, or runs the command, on each call';

/** The CI system may have put its token into this variable; then its own hint applies. */
function variableHints({ env }: Surroundings): Pick<IdentitySource, 'whenExpired' | 'ifLonger'> {
  const here = variableSystems.find(
    ({ ciMarkerVariable = '' }) => variableValue(env, ciMarkerVariable) !== undefined,
  );
  return (
    here ?? {
      whenExpired:
        'set the variable to a fresh token, or use --subject-token-file or --subject-token-command, which dexchange reads on each call',
      ifLonger:
        'use --subject-token-file or --subject-token-command, which dexchange reads on each call',
    }
  );
}

/** The source of a system that the user names; an explicit setting may say where its token is. */
function requestedAmbientSource(
  wanted: string,
  { explicit, surroundings }: IdentityOptions,
): IdentitySource {
  const { explicitKind } = ambientSystemNamed(wanted);
  if (explicit?.named !== true || explicit.kind !== explicitKind) {
    return ambientSourceNamed(wanted, surroundings);
  }
  return { ...explicitSource(explicit, surroundings), name: wanted };
}
