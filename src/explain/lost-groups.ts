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

/** Where groups get lost between the two tokens. */
export interface LossPlace {
  readonly claim: string;
  /** Whether Dex's token has any groups. */
  readonly hasSome: boolean;
  readonly scope: string;
  readonly connector: string;
}

/** How to get the groups of the identity token into Dex's token. */
export function groupsFix({ claim, hasSome, scope, connector }: LossPlace): string {
  if (!scope.split(' ').includes('groups')) {
    return 'add groups to --scope: Dex issues no groups without it';
  }
  const see = `see it with \`d8 k get dexprovider ${shellWord(connector)} -o yaml\``;
  if (hasSome) {
    return `check claimMapping.groups and the groups filter of DexProvider ${connector}; ${see}`;
  }
  // A generated connector of Deckhouse has insecureEnableGroups; one of a plain Dex may not.
  const plain = 'in a plain Dex, set insecureEnableGroups: true on the connector';
  return `set claimMapping.groups: ${claim} in DexProvider ${connector}; ${plain}; ${see}`;
}
