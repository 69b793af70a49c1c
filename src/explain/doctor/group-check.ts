import { listed } from '../../terminal/layout.ts';
import { groupFacts, groupsFix, textsOf } from '../lost-groups.ts';
import type { Report } from '../report.ts';
import type { TokenFacts } from '../token-facts.ts';
import { ok, skipped, warning } from './check.ts';
import type { DoctorCheck } from './report.ts';

/**
 * Compares the groups of the identity token with those of Dex's token: Dex drops them without
 * telling, and the rules of the cluster are often for groups.
 * @param subject the identity token; null if it was not needed or is not there
 */
export function groupCheck(
  subject: TokenFacts | null,
  issued: TokenFacts | null,
  report: Report,
): DoctorCheck {
  if (issued?.form !== 'jwt') return skipped('groups', 'not reached');
  const groups = textsOf(issued.claims['groups']);
  const has = `Dex's token has ${groups.length === 0 ? 'no groups' : `groups ${listed(groups, 6)}`}`;
  if (subject?.form !== 'jwt') {
    return skipped('groups', `${has}; the identity token is not known or not a JWT`);
  }
  const facts = groupFacts(subject.claims, issued.claims);
  if (facts === undefined) return ok('groups', `${has}; the identity token has none`);
  const { claim, lost } = facts;
  if (lost.length === 0) return ok('groups', has);
  const names = `${listed(lost, 6)} (claim ${claim} of the identity token)`;
  if (isAllowedAnyway(claim, report)) return ok('groups', `${has}, and not ${names}`);
  const fix = fixOf(claim, groups.length > 0, report);
  // Other claims are seldom meant for Dex: rules for a user or its namespace_path need none of them.
  if (claim !== 'groups') return { ...ok('groups', `${has}, and not ${names}`), fix };
  return warning('groups', `lost at Dex: ${names}`, fix);
}

/** Whether the user needs no more groups: what was asked is allowed, or something where it is unclear. */
function isAllowedAnyway(claim: string, { steps }: Report): boolean {
  const api = steps.find((step) => step.name === 'kubernetes');
  if (api?.name !== 'kubernetes') return false;
  if (api.access.length > 0) return api.access.every(({ allowed }) => allowed === true);
  return claim !== 'groups' && api.permissions?.granted === 'some';
}

function fixOf(claim: string, hasSome: boolean, { steps }: Report): string {
  const settings = steps.find((step) => step.name === 'settings');
  const all = settings?.name === 'settings' ? settings.settings : [];
  const shown = (name: string) => all.find((setting) => setting.name === name)?.value ?? '';
  const connector = shown('connector-id') || 'CONNECTOR';
  return groupsFix({ claim, hasSome, scope: shown('scope'), connector });
}
