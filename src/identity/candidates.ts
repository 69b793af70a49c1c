import type { IdentityOptions } from './select.ts';
import { ambientLacks } from './select-ambient.ts';

/** One kind of source, and why it would or would not be taken. */
export interface Candidate {
  readonly name: string;
  readonly available: boolean;
  /** In words, such as `GITLAB_OIDC_TOKEN is not set`. */
  readonly why: string;
}

/**
 * All sources that `selectIdentity` looks at, in its order, with what it finds of each. Reads
 * nothing but the settings and the names of variables that are set.
 */
export function candidateSources(options: IdentityOptions): readonly Candidate[] {
  const { explicit, clientCredentials, explicitIsWeaker, surroundings, wanted } = options;
  const forced = wanted === 'auto' ? undefined : `--identity asks for ${wanted}`;
  const sources: Candidate[] = [
    {
      name: explicit?.kind ?? 'env, file, command',
      available: explicit !== undefined,
      why:
        explicit === undefined
          ? 'no --subject-token… setting, SUBJECT_TOKEN or IDP_TOKEN is set'
          : explicitIsWeaker && clientCredentials !== undefined
            ? 'set, but in a weaker place than client credentials'
            : 'set explicitly',
    },
    {
      name: 'client-credentials',
      available: clientCredentials !== undefined,
      why: clientCredentials === undefined ? 'no --idp-… setting is set' : 'configured',
    },
    ...ambientLacks(surroundings).map(({ name, lacks, offers }) => ({
      name,
      available: lacks === '',
      why: lacks === '' ? offers : lacks,
    })),
  ];
  if (forced === undefined) return sources;
  return sources.map((source) =>
    source.name === wanted || !source.available
      ? source
      : { ...source, why: `${source.why}, but ${forced}` },
  );
}
