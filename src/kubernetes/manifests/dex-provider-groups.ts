import type { Note } from './manifest.ts';
import { publicIssuer } from './public-issuer.ts';

/** The groups that Dex gives to users of a provider. */
export interface ProviderGroups {
  /** The claim with the groups: a list, or one text, which becomes one group. */
  readonly claim: string;
  /** Dex denies tokens without one of these; empty: no token is denied for its groups. */
  readonly allowed: readonly string[];
}

/** What to know about the claim of the groups, and about those that are allowed. */
export function groupsNotes(
  { claim, allowed }: ProviderGroups,
  issuerUrl: string,
): readonly Note[] {
  const who = sharedBy(issuerUrl);
  return [
    {
      at: ['spec', 'oidc', 'claimMapping', 'groups'],
      text:
        claimTexts.get(claim) ??
        'This claim contains the groups: a list, or a single text, which is one group.',
    },
    ...(allowed.length === 0
      ? []
      : [
          {
            at: ['spec', 'oidc', 'allowedGroups'],
            text: `Dex denies tokens without any of these groups, and removes all other groups from the user.${who === undefined ? '' : ` This keeps strangers out: ${who} gets tokens from this issuer.`}`,
          },
        ]),
  ];
}

/** The warning for a provider that accepts every token of a shared issuer; none for other issuers. */
export function openNote(issuerUrl: string): readonly Note[] {
  const who = sharedBy(issuerUrl);
  if (who === undefined) return [];
  return [
    {
      at: ['spec', 'oidc', 'issuer'],
      text: `--allow-any-project: ${who} gets tokens from this issuer, and Dex accepts them all. With the client secret, each can authenticate to this cluster: only rules and bindings limit what it may do.`,
      warning: true,
    },
  ];
}

function sharedBy(issuerUrl: string): string | undefined {
  const issuer = publicIssuer(issuerUrl);
  return issuer?.tenantClaims === undefined ? undefined : issuer.who;
}

const claimTexts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    namespace_path:
      'One group: the group or user that owns the project, with its full path. A subgroup is a group of its own, such as my-group/my-subgroup.',
    project_path: 'One group: the project with its full path, such as my-group/my-project.',
    groups_direct:
      'The direct groups of the user who started the pipeline, not of the project: any project gets access if a member of the group starts its pipeline. Tokens have this claim only if an administrator of the GitLab server has enabled a feature flag, which is off by default: `gitlab-rails runner "Feature.enable(:ci_jwt_groups_direct)"`',
    organization_id:
      'One group: the organization. On Buildkite, tokens have this claim if the pipeline sets BUILDKITE_OIDC_TOKEN_CLAIMS to organization_id.',
    pipeline_id:
      'One group: the pipeline. On Buildkite, tokens have this claim if the pipeline sets BUILDKITE_OIDC_TOKEN_CLAIMS to pipeline_id.',
    repository_owner: 'One group: the organization or user that owns the repository.',
    repository: 'One group: the repository with its owner, such as my-org/my-app.',
    groups:
      'The tokens must have this claim. In Keycloak, add a Group Membership mapper with token claim name groups to the client, and add the claim to userinfo and to the ID token. With "Full group path", a group is /deployers instead of deployers.',
  }),
);
