import { DexchangeError } from '../errors.ts';
import { ambientSystems } from './ambient.ts';
import { type AmbientSystem, present, type Surroundings } from './ambient-system.ts';
import type { IdentitySource } from './source.ts';

/**
 * The source of the system of a name.
 * @throws DexchangeError setting_invalid, identity_unavailable with that system's remedy
 */
export function namedAmbient(name: string, surroundings: Surroundings): IdentitySource {
  const system = ambientNamed(name);
  const lacking = lacks(system, system.variables, surroundings);
  if (lacking.length === 0) return system.open(surroundings);
  throw new DexchangeError('identity_unavailable', `identity ${name}: ${areNotThere(lacking)}`, {
    hint: system.remedy(surroundings),
  });
}

/**
 * The system of a name.
 * @throws DexchangeError setting_invalid
 */
export function ambientNamed(name: string): AmbientSystem {
  const system = ambientSystems.find((candidate) => candidate.name === name);
  if (system !== undefined) return system;
  throw new DexchangeError('setting_invalid', `identity ${name} is not known`);
}

/**
 * The source of the one system that offers a token.
 * @throws DexchangeError identity_none, also where a system is there that gave no token;
 *   identity_ambiguous where several offer one, or another than the one that the job runs in
 */
export function onlyAmbient(surroundings: Surroundings): IdentitySource {
  const { env } = surroundings;
  const offering = ambientSystems.filter(
    (system) => lacks(system, signsOf(system), surroundings).length === 0,
  );
  const [only, second] = offering;
  if (second !== undefined) {
    throw new DexchangeError(
      'identity_ambiguous',
      `several systems offer an identity token: ${offering.map(offer).join(' and ')}`,
      { hint: `choose one: ${offering.map(({ name }) => `--identity ${name}`).join(' or ')}` },
    );
  }
  // A variable of another system, set by accident, must not become this job's identity.
  const here = ambientSystems.find((system) => system !== only && isHere(system, env));
  if (only === undefined) throw nothingOffered(here, surroundings);
  if (here === undefined) return only.open(surroundings);
  throw new DexchangeError(
    'identity_ambiguous',
    `${offer(only)} offers an identity token, but this is ${here.title} (${here.marker} is set), which gave none`,
    {
      hint: `${here.remedy(surroundings)}; or --identity ${only.name} if that is who is meant`,
    },
  );
}

function nothingOffered(
  here: AmbientSystem | undefined,
  surroundings: Surroundings,
): DexchangeError {
  if (here !== undefined) {
    const lacking = lacks(here, signsOf(here), surroundings);
    return new DexchangeError(
      'identity_none',
      `this is ${here.title} (${here.marker} is set), but the job has no identity token: ${areNotThere(lacking)}`,
      { hint: here.remedy(surroundings) },
    );
  }
  const wanted = ambientSystems.map((system) => `${system.name} (${signsOf(system).join(', ')})`);
  const found = ambientSystems
    .flatMap(signsOf)
    .filter((variable) => present(surroundings.env, variable) !== undefined);
  const only =
    found.length === 0
      ? ''
      : `; of these ${found.join(', ')} ${found.length === 1 ? 'is' : 'are'} set`;
  return new DexchangeError(
    'identity_none',
    `there is no identity token: looked for subject-token settings, SUBJECT_TOKEN, IDP_TOKEN, client credentials, ${wanted.join(', ')}${only}`,
    {
      hint: 'name one by --subject-token-env, --subject-token-file or --subject-token-command, or configure --idp-issuer-url and --idp-client-id',
    },
  );
}

/** What each system lacks to be taken by `auto`, in words, for a report; '' if it lacks nothing. */
export function ambientLacks(
  surroundings: Surroundings,
): readonly { readonly name: string; readonly lacks: string; readonly offers: string }[] {
  return ambientSystems.map((system) => {
    const lacking = lacks(system, signsOf(system), surroundings);
    const though = isHere(system, surroundings.env) ? `, though ${system.marker} is` : '';
    return {
      name: system.name,
      lacks: lacking.length === 0 ? '' : `${areNotThere(lacking)}${though}`,
      offers: `${signsOf(system).join(', ')} set`,
    };
  });
}

/** Whether the job runs in the system, be there a token or not. */
function isHere({ marker }: AmbientSystem, env: Surroundings['env']): boolean {
  const value = marker === undefined ? undefined : present(env, marker);
  return value !== undefined && value.toLowerCase() !== 'false';
}

function signsOf({ sign, variables }: AmbientSystem): readonly string[] {
  return sign === undefined ? variables : [sign, ...variables];
}

/** What the system lacks to give a token; nothing but variables is looked at while one is missing. */
function lacks(
  system: AmbientSystem,
  variables: readonly string[],
  surroundings: Surroundings,
): readonly string[] {
  const missing = variables.filter((name) => present(surroundings.env, name) === undefined);
  if (missing.length > 0) return missing;
  const more = system.alsoLacks?.(surroundings);
  return more === undefined ? [] : [more];
}

function areNotThere(lacking: readonly string[]): string {
  const last = lacking.at(-1) ?? '';
  if (last.startsWith('file ')) return `${last} does not exist`;
  return `${lacking.join(' and ')} ${lacking.length === 1 ? 'is' : 'are'} not set`;
}

function offer(system: AmbientSystem): string {
  return `${system.name} (${signsOf(system).join(', ')})`;
}
