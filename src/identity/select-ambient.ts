import { DexchangeError } from '../errors.ts';
import { type AmbientSystem, type Surroundings, variableValue } from './ambient-system.ts';
import { azurePipelines } from './azure-pipelines.ts';
import { buildkite } from './buildkite.ts';
import { google } from './google.ts';
import { kubernetes } from './kubernetes.ts';
import { codefresh, github, vela } from './request-url-systems.ts';
import type { IdentitySource } from './source.ts';
import { tokenFileUnreadable, variableSystems } from './variable-systems.ts';

/**
 * The source of the system with the given name.
 * @throws DexchangeError setting_invalid; identity_unavailable, with the system's hint, if
 *   something that its token request needs is missing
 */
export function ambientSourceNamed(name: string, surroundings: Surroundings): IdentitySource {
  const system = ambientSystemNamed(name);
  const missing = missingForName(system, surroundings);
  if (missing.length === 0) return system.open(surroundings);
  throw new DexchangeError('identity_unavailable', `identity ${name}: ${notSet(missing)}`, {
    hint: system.remedy(surroundings),
  });
}

/**
 * The system with the given name.
 * @throws DexchangeError setting_invalid
 */
export function ambientSystemNamed(name: string): AmbientSystem {
  const system = ambientSystems.find((candidate) => candidate.name === name);
  if (system !== undefined) return system;
  throw new DexchangeError('setting_invalid', `unknown identity source ${name}`, {
    hint: `set --identity to one of ${ambientSystems.map((system) => system.name).join(', ')}`,
  });
}

/**
 * The source of the only system that offers a token here.
 * @throws DexchangeError identity_none if no system does, even if the job runs in a known one;
 *   identity_ambiguous if several do, or if the one that does is not the one that the job runs in
 */
export function detectedAmbientSource(surroundings: Surroundings): IdentitySource {
  const { env } = surroundings;
  const offering = ambientSystems.filter(
    (system) => missingForAuto(system, surroundings).length === 0,
  );
  const [only, second] = offering;
  if (second !== undefined) {
    throw new DexchangeError(
      'identity_ambiguous',
      `several systems offer an identity token: ${offering.map((system) => withPlace(system, surroundings)).join(' and ')}`,
      { hint: `select one: ${offering.map(({ name }) => `--identity ${name}`).join(' or ')}` },
    );
  }
  // A variable of another system, set by mistake, must not decide the identity of this job.
  const here = ambientSystems.find((system) => system !== only && runsIn(system, env));
  if (only === undefined) throw noTokenOffered(here, surroundings);
  if (here === undefined) return only.open(surroundings);
  throw new DexchangeError(
    'identity_ambiguous',
    `${withPlace(only, surroundings)} offers an identity token, but this job runs in ${here.title} (${here.ciMarkerVariable} is set), which offers none`,
    {
      hint: `${here.remedy(surroundings)}; or select the other with --identity ${only.name}`,
    },
  );
}

function noTokenOffered(
  here: AmbientSystem | undefined,
  surroundings: Surroundings,
): DexchangeError {
  if (here !== undefined) {
    const missing = missingForAuto(here, surroundings);
    return new DexchangeError(
      'identity_none',
      `this job runs in ${here.title} (${here.ciMarkerVariable} is set), but has no identity token: ${notSet(missing)}`,
      { hint: here.remedy(surroundings) },
    );
  }
  const searched = ambientSystems.map(
    (system) => `${system.name} (${detectionVariables(system).join(', ')})`,
  );
  const set = ambientSystems
    .flatMap(detectionVariables)
    .filter((variable) => variableValue(surroundings.env, variable) !== undefined);
  const partial =
    set.length === 0
      ? ''
      : `; of these, only ${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`;
  return new DexchangeError(
    'identity_none',
    `no identity token found: looked for --subject-token settings, SUBJECT_TOKEN, IDP_TOKEN, client credentials, ${searched.join(', ')}${partial}`,
    {
      hint: 'set --subject-token-env, --subject-token-file or --subject-token-command, or set --idp-issuer-url and --idp-client-id for client credentials',
    },
  );
}

/** Whether `auto` could select a system, and why, for a report. */
export interface AmbientAvailability {
  readonly name: string;
  readonly available: boolean;
  readonly why: string;
}

/** The availability of every system, in the order of detection. */
export function ambientAvailability(surroundings: Surroundings): readonly AmbientAvailability[] {
  return ambientSystems.map((system) => {
    const missing = missingForAuto(system, surroundings);
    const although = runsIn(system, surroundings.env)
      ? `, although ${system.ciMarkerVariable} is set`
      : '';
    return {
      name: system.name,
      available: missing.length === 0,
      why:
        missing.length > 0
          ? `${notSet(missing)}${although}`
          : isInFile(system, surroundings)
            ? `file ${system.tokenFile} exists`
            : `${detectionVariables(system).join(', ')} set`,
    };
  });
}

/** Whether the job runs in the system, with or without a token. */
function runsIn({ ciMarkerVariable }: AmbientSystem, env: Surroundings['env']): boolean {
  const value = ciMarkerVariable === undefined ? undefined : variableValue(env, ciMarkerVariable);
  return value !== undefined && value.toLowerCase() !== 'false';
}

function detectionVariables({ detectVariable, variables }: AmbientSystem): readonly string[] {
  return detectVariable === undefined ? variables : [detectVariable, ...variables];
}

/** What a system that the user names lacks for a token. */
function missingForName(system: AmbientSystem, surroundings: Surroundings): readonly string[] {
  return missingRequirements(system, system.variables, true, surroundings);
}

/** What a system lacks to be selected by `auto`. */
function missingForAuto(system: AmbientSystem, surroundings: Surroundings): readonly string[] {
  const mayReadFile = runsIn(system, surroundings.env);
  return missingRequirements(system, detectionVariables(system), mayReadFile, surroundings);
}

/** The requirements of a token that are missing; checks the variables first, then the others. */
function missingRequirements(
  system: AmbientSystem,
  variables: readonly string[],
  mayReadFile: boolean,
  surroundings: Surroundings,
): readonly string[] {
  const missing = unsetVariables(variables, surroundings);
  if (missing.length > 0) {
    return mayReadFile && hasTokenFile(system, surroundings) ? [] : missing;
  }
  const other = system.missingBesidesVariables?.(surroundings);
  return other === undefined ? [] : [other];
}

function unsetVariables(variables: readonly string[], { env }: Surroundings): readonly string[] {
  return variables.filter((name) => variableValue(env, name) === undefined);
}

function hasTokenFile({ tokenFile }: AmbientSystem, { fileToken }: Surroundings): boolean {
  return tokenFile !== undefined && fileToken(tokenFile, tokenFileUnreadable) !== undefined;
}

/** Whether an available system has its token only in a file. */
function isInFile(system: AmbientSystem, surroundings: Surroundings): boolean {
  return unsetVariables(detectionVariables(system), surroundings).length > 0;
}

function notSet(missing: readonly string[]): string {
  const last = missing.at(-1) ?? '';
  if (last.startsWith('file ')) return `${last} does not exist`;
  return `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`;
}

/** The name of an available system, and where it offers its token. */
function withPlace(system: AmbientSystem, surroundings: Surroundings): string {
  const place = isInFile(system, surroundings)
    ? `file ${system.tokenFile}`
    : detectionVariables(system).join(', ');
  return `${system.name} (${place})`;
}

/** All CI systems and platforms that issue identity tokens, in the order of detection. */
export const ambientSystems: readonly AmbientSystem[] = [
  github,
  ...variableSystems,
  buildkite,
  azurePipelines,
  codefresh,
  vela,
  google,
  kubernetes,
];
