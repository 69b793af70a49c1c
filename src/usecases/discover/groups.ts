import type { Settings } from '../../config/resolve.ts';
import type { RuleSubject } from '../../kubernetes/access-rules.ts';
import { canExchange, type DexProvider, dexProviders } from '../../kubernetes/dex-providers.ts';
import { quoteInput } from '../../sanitize.ts';
import { listed } from '../../terminal/layout.ts';
import { asked, type Check, type Part, type Read } from './discovery.ts';

/**
 * Whether the tokens of a DexProvider can have the groups that the settings name: a rule for a group
 * grants nothing if Dex puts no groups into its tokens. Of several providers, one is enough, unless
 * `--connector-id` names one.
 * @param read reads without asking for permissions: the check of the providers asks for them
 */
export async function groupPart(
  subjects: readonly RuleSubject[],
  settings: Settings,
  read: Read,
): Promise<Part> {
  const groups = subjects.filter(({ kind }) => kind === 'Group');
  if (groups.length === 0) return { values: [], checks: [] };
  const providers = await read(dexProviders);
  if (!providers.found) return { values: [], checks: [] };
  const wanted = settings.value('connector-id');
  const usable = providers.value.filter(
    (provider) => canExchange(provider) && (wanted === undefined || provider.name === wanted),
  );
  // Without a provider, its own check says what is missing.
  if (usable.length === 0) return { values: [], checks: [] };
  return { values: [], checks: groups.map(({ name }) => asked(groupCheck(name, usable))) };
}

function groupCheck(group: string, usable: readonly DexProvider[]): Check {
  const name = 'groups';
  const text = quoteInput(group, 120);
  const mapping = usable.filter(({ groupsClaim }) => groupsClaim !== undefined);
  if (mapping.length === 0) {
    return {
      name,
      state: 'warning',
      text: `no token of GitLab or GitHub has group ${text}: ${titleOf(usable)} without claimMapping.groups, so Dex takes the groups from claim groups, which these tokens lack`,
      hint: 'set spec.oidc.claimMapping.groups of the DexProvider to the claim that contains the groups, such as namespace_path for GitLab or repository_owner for GitHub',
    };
  }
  const giving = mapping.filter(
    ({ allowedGroups }) => allowedGroups.length === 0 || allowedGroups.includes(group),
  );
  if (giving.length === 0) {
    return {
      name,
      state: 'warning',
      text: `no token has group ${text}: it is not in allowedGroups of ${listed(mapping.map((each) => each.name))}`,
      hint: 'add the group to spec.oidc.allowedGroups of the DexProvider',
    };
  }
  const sources = giving.map(
    (provider) => `claim ${quoteInput(provider.groupsClaim ?? '', 80)} of ${provider.name}`,
  );
  return { name, state: 'ok', text: `a token has group ${text} if it is in ${listed(sources, 6)}` };
}

function titleOf(usable: readonly DexProvider[]): string {
  const names = listed(usable.map(({ name }) => name));
  return usable.length === 1 ? `DexProvider ${names} is` : `DexProviders ${names} are`;
}
