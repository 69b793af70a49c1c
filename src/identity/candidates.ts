import type { IdentityOptions } from './select.ts';
import { ambientAvailability } from './select-ambient.ts';

/** One kind of source, and why it could or could not be selected. */
export interface Candidate {
  readonly name: string;
  readonly available: boolean;
  /** The reason, such as `GITLAB_OIDC_TOKEN is not set`. */
  readonly why: string;
}

/**
 * All sources that `selectIdentity` considers, in its order, with the reason for each. Reads only
 * the settings, and which variables are set.
 */
export function candidateSources(options: IdentityOptions): readonly Candidate[] {
  const { explicit, clientCredentials, explicitIsOutranked, surroundings, wanted } = options;
  const override = wanted === 'auto' ? undefined : `--identity selects ${wanted}`;
  const sources: Candidate[] = [
    {
      name: explicit?.kind ?? 'env, file, command',
      available: explicit !== undefined,
      why:
        explicit === undefined
          ? 'no --subject-token… setting, SUBJECT_TOKEN or IDP_TOKEN is set'
          : explicitIsOutranked && clientCredentials !== undefined
            ? 'set, but the client credentials settings have precedence'
            : 'set explicitly',
    },
    {
      name: 'client-credentials',
      available: clientCredentials !== undefined,
      why: clientCredentials === undefined ? 'no --idp-… setting is set' : 'configured',
    },
    ...ambientAvailability(surroundings),
  ];
  if (override === undefined) return sources;
  return sources.map((source) =>
    source.name === wanted || !source.available
      ? source
      : { ...source, why: `${source.why}, but ${override}` },
  );
}
