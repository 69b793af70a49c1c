import type { JwtClaims } from '../jwt.ts';
import { shellWord } from '../shell-word.ts';

/** Claims of identity tokens that name groups: Keycloak, Entra ID, GitLab (behind a feature flag). */
const groupClaims = ['groups', 'groups_direct', 'roles'];

/** Groups that the identity token names. */
export interface GroupFacts {
  readonly claim: string;
  /** Those that Dex's token does not have; empty if it has all. */
  readonly lost: readonly string[];
}

/**
 * Compares the groups of the identity token with those of Dex's token: Dex drops them without telling.
 * @returns undefined if the identity token names no groups
 */
export function groupFacts(subject: JwtClaims, issued: JwtClaims): GroupFacts | undefined {
  const claim = groupClaims.find((name) => textsOf(subject[name]).length > 0);
  if (claim === undefined) return undefined;
  const groups = textsOf(issued['groups']);
  return { claim, lost: textsOf(subject[claim]).filter((group) => !groups.includes(group)) };
}

/** The texts of a claim that is one text or a list of them. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string' && value !== '') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The claims in which a job token always names the owner of its project: GitLab, GitHub and Forgejo. */
const projectClaims = ['namespace_path', 'repository_owner'];

/** A group that Dex can make of a job token. */
export interface ProjectGroup {
  readonly claim: string;
  readonly group: string;
}

/** The group of the project that a job belongs to; undefined for a token that is not of such a job. */
export function projectGroup(subject: JwtClaims): ProjectGroup | undefined {
  for (const claim of projectClaims) {
    const group = subject[claim];
    if (typeof group === 'string' && group !== '') return { claim, group };
  }
  return undefined;
}

/** Where groups get lost between the two tokens. */
export interface LossPlace {
  /** The claim of the identity token with groups, if it has one. */
  readonly claim: string | undefined;
  readonly project: ProjectGroup | undefined;
  /** Whether Dex's token has any groups. */
  readonly hasSome: boolean;
  readonly scope: string;
  readonly connector: string;
}

/** How to get the groups of the identity token into Dex's token. */
export function groupsFix({ claim, project, hasSome, scope, connector }: LossPlace): string {
  if (!scope.split(' ').includes('groups')) {
    return 'add groups to --scope: Dex issues no groups without it';
  }
  const see = `see it with \`d8 k get dexprovider ${shellWord(connector)} -o yaml\``;
  if (hasSome) {
    return `check claimMapping.groups and the groups filter of DexProvider ${connector}; ${see}`;
  }
  // A generated connector of Deckhouse has insecureEnableGroups; one of a plain Dex may not.
  const plain = 'in a plain Dex, set insecureEnableGroups: true on the connector';
  // Every token of GitLab has namespace_path, and groups_direct is of the user who started the pipeline.
  const mapped = claim === 'groups' ? claim : (project?.claim ?? claim ?? 'groups');
  return `set claimMapping.groups: ${mapped} in DexProvider ${connector}; ${plain}; ${see}`;
}
