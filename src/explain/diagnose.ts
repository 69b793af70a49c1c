import { type Evidence, hasCode } from './evidence.ts';
import type { DiagnosedCause, Diagnosis } from './report.ts';
import { allRules } from './rules/all-rules.ts';
import { type Names, namesOf } from './rules/names.ts';
import { type Likelihood, type Rule, type Severity, textOf } from './rules/rule.ts';

/** Finds the rules that apply: most severe first, each with its causes, most likely first. */
export function diagnose(evidence: Evidence): readonly Diagnosis[] {
  const names = namesOf(evidence);
  return allRules
    .filter((rule) => appliesTo(rule, evidence))
    .map((rule) => diagnosis(rule, evidence, names))
    .sort((a, b) => severityOrder.indexOf(a.status) - severityOrder.indexOf(b.status));
}

const severityOrder: readonly Severity[] = ['failed', 'warning', 'note'];

function appliesTo(rule: Rule, evidence: Evidence): boolean {
  return rule.applies?.(evidence) ?? hasCode(evidence, rule.codes ?? []);
}

function diagnosis(rule: Rule, evidence: Evidence, names: Names): Diagnosis {
  const lines = rule.evidence?.(evidence).filter((line) => line !== undefined) ?? [];
  const byError = evidence.error !== undefined && hasCode(evidence, rule.codes ?? []);
  const title = textOf(rule.title, names);
  const errorLine = byError && evidence.error !== undefined ? [evidence.error.message] : [];
  return {
    rule: rule.id,
    status: rule.severity,
    title,
    evidence: [...errorLine.filter((line) => line !== title), ...lines],
    causes: causes(rule, evidence, names),
    code: byError ? (evidence.error?.code ?? null) : (rule.codes?.[0] ?? null),
  };
}

const likelihoodOrder: readonly Likelihood[] = ['certain', 'likely', 'possible'];

function causes(rule: Rule, evidence: Evidence, names: Names): readonly DiagnosedCause[] {
  const all = rule.causes.flatMap((row) => {
    const likelihood = row.when === undefined ? 'possible' : row.when(evidence);
    if (likelihood === undefined) return [];
    return [
      {
        id: row.id,
        likelihood,
        cause: textOf(row.cause, names),
        check: textOf(row.check, names),
        log: row.log ?? null,
        fix: textOf(row.fix, names),
      },
    ];
  });
  const isCertain = all.some(({ likelihood }) => likelihood === 'certain');
  return all
    .filter(({ likelihood }) => !isCertain || likelihood !== 'possible')
    .sort((a, b) => likelihoodOrder.indexOf(a.likelihood) - likelihoodOrder.indexOf(b.likelihood));
}
