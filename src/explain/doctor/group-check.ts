import { listed } from '../../terminal/layout.ts';
import { groupFacts, groupsFix, type LossPlace, projectGroup, textsOf } from '../lost-groups.ts';
import type { Report } from '../report.ts';
import type { TokenFacts } from '../token-facts.ts';
import { ok, skipped, warning } from './check.ts';
import type { DoctorCheck } from './report.ts';

/**
 * Compares the groups of the identity token with those of Dex's token: Dex drops them without
 * telling, and the rules of the cluster are often for groups.
 * @param subject the identity token; null if it was not needed, because the credential is cached
 */
export function groupCheck(
  subject: TokenFacts | null,
  issued: TokenFacts | null,
  report: Report,
): DoctorCheck {
  if (issued?.form !== 'jwt') return skipped('groups', 'not reached');
  const groups = textsOf(issued.claims['groups']);
  const has = `Dex's token has ${groups.length === 0 ? 'no groups' : `groups ${listed(groups, 6)}`}`;
  if (subject === null) return skipped('groups', `${has}; not compared: the credential is cached`);
  if (subject.form !== 'jwt') return skipped('groups', `${has}; the identity token is not a JWT`);
  const facts = groupFacts(subject.claims, issued.claims);
  const project = projectGroup(subject.claims);
  const { claim, lost } = facts ?? { claim: undefined, lost: [] };
  const fix = fixOf({ claim, project, hasSome: groups.length > 0 }, report);
  const names = `${listed(lost, 6)} (claim ${claim} of the identity token)`;
  const isAllowed = isAllowedAnyway(claim, report);
  if (claim === 'groups' && lost.length > 0 && !isAllowed) {
    return warning('groups', `lost at Dex: ${names}`, fix);
  }
  const found =
    facts === undefined
      ? `${has}; the identity token has none`
      : lost.length === 0
        ? has
        : `${has}, and not ${names}`;
  // Other claims are seldom meant for Dex: rules for a user need none of them.
  const isUsable = groups.length > 0 || (project === undefined && lost.length === 0);
  return ok(
    'groups',
    isUsable || isAllowed ? found : `${found}; for rules that name groups, ${fix}`,
  );
}

/** Whether the user needs no more groups: what was asked is allowed, or something where it is unclear. */
function isAllowedAnyway(claim: string | undefined, { steps }: Report): boolean {
  const api = steps.find((step) => step.name === 'kubernetes');
  if (api?.name !== 'kubernetes') return false;
  if (api.access.length > 0) return api.access.every(({ allowed }) => allowed === true);
  return claim !== 'groups' && api.permissions?.granted === 'some';
}

function fixOf(place: Pick<LossPlace, 'claim' | 'project' | 'hasSome'>, { steps }: Report): string {
  const settings = steps.find((step) => step.name === 'settings');
  const all = settings?.name === 'settings' ? settings.settings : [];
  const shown = (name: string) => all.find((setting) => setting.name === name)?.value ?? '';
  const connector = shown('connector-id') || 'CONNECTOR';
  return groupsFix({ ...place, scope: shown('scope'), connector });
}
