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
        'The groups are the values of this claim: a list, or one text, which is one group.',
    },
    ...(allowed.length === 0
      ? []
      : [
          {
            at: ['spec', 'oidc', 'allowedGroups'],
            text: `Dex denies tokens that have none of these groups${who === undefined ? '' : `, and so keeps strangers out: ${who} has tokens of this issuer`}. It removes all other groups from the user.`,
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
      text: `--allow-any-project: ${who} has tokens of this issuer, and this provider denies none of them. Each becomes an authenticated user of the cluster, and only the names in rules decide what it may do.`,
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
      'One group: the group or user that the project belongs to, with its full path. Subgroups are groups of their own, such as my-group/my-subgroup.',
    project_path: 'One group: the project with its full path, such as my-group/my-project.',
    groups_direct:
      'The direct groups of the user who started the pipeline, not those of the project: any project whose pipeline a member starts gets in. A job token has this claim only after an administrator of the GitLab server has enabled a feature flag, which is off by default: `gitlab-rails runner "Feature.enable(:ci_jwt_groups_direct)"`',
    repository_owner: 'One group: the organization or user that the repository belongs to.',
    repository: 'One group: the repository with its owner, such as my-org/my-app.',
    groups:
      'The token must have this claim. In Keycloak, add a Group Membership mapper to the client, with token claim name groups, in userinfo and ID token; with full group paths, a group is /deployers.',
  }),
);
