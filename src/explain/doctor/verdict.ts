import { exitCodes } from '../../errors.ts';
import type { Report } from '../report.ts';
import { headOf, helpCommand } from '../report-head.ts';
import type { DoctorCheck, DoctorVerdict } from './report.ts';

/**
 * The verdict of all checks: the first that failed, or else the first warning. The causes are those
 * of the rule that explains the check, if there is one.
 * @param report of the explained call, if there was one
 */
export function verdictOf(
  checks: readonly DoctorCheck[],
  report: Report | undefined,
): DoctorVerdict {
  const failing = checks.find(({ state }) => state === 'failed');
  const warnings = checks.filter(({ state }) => state === 'warning');
  // Without permissions nothing works, whatever else is odd.
  const decisive = failing ?? warnings.find(({ name }) => name === 'permissions') ?? warnings[0];
  if (decisive === undefined) {
    return { ...nothing, summary: allWell(checks), more: null, exitCode: 0 };
  }
  const { name, found, fix, code, exitCode } = decisive;
  const status = failing === undefined ? 'warning' : 'failed';
  const explained = explanationOf(decisive, report);
  const causes = explained?.causes ?? [{ likelihood: 'certain', cause: null, fix } as const];
  // The rules know the groups that are lost only if the token names them in the claim groups.
  const lost = lostGroups(decisive, checks).filter((each) =>
    causes.every((cause) => cause.fix !== each.fix),
  );
  return {
    status,
    check: name,
    error: code,
    summary: explained?.summary ?? (status === 'failed' ? found : `${name}: ${found}`),
    causes: [...lost, ...causes],
    more: helpCommand(code ?? undefined) ?? null,
    exitCode: exitCode ?? (code === null ? 0 : exitCodes[code]),
  };
}

/** Groups that Dex has dropped, as the cause of a missing permission: the rules are often for groups. */
function lostGroups(
  { name }: DoctorCheck,
  checks: readonly DoctorCheck[],
): DoctorVerdict['causes'] {
  const groups = checks.find((check) => check.name === 'groups' && check.state === 'warning');
  if (name !== 'permissions' || groups === undefined) return [];
  return [{ likelihood: 'likely', cause: `groups ${groups.found}`, fix: groups.fix }];
}

const nothing = { status: 'ok', check: null, error: null, causes: [] } as const;

function allWell(checks: readonly DoctorCheck[]): string {
  const done = checks.filter(({ state }) => state === 'ok');
  const user = done.find(({ name }) => name === 'api');
  const count = `${done.length} checks passed`;
  return user === undefined ? count : `${count}; ${user.found}`;
}

/** What the report says about the check, if its fix is the one of the report's first rule. */
function explanationOf(
  { fix }: DoctorCheck,
  report: Report | undefined,
): Pick<DoctorVerdict, 'summary' | 'causes'> | undefined {
  if (report === undefined || fix === null) return undefined;
  const diagnosis = report.diagnoses.find(({ causes }) => causes[0]?.fix === fix);
  if (diagnosis === undefined) return undefined;
  const verdict = { ...report.verdict, rule: diagnosis.rule };
  const { summary, causes } = headOf({ ...report, verdict });
  return {
    summary,
    causes: causes.map(({ likelihood, cause, fix: what }) => ({
      likelihood,
      cause: cause ?? null,
      fix: what ?? null,
    })),
  };
}
