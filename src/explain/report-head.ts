import type { Head } from './head-block.ts';
import type { Report } from './report.ts';

/** The head block of a report: its verdict with the causes and fixes of the rule that explains it. */
export function headOf({ verdict, diagnoses }: Report): Head {
  const { status, rule, error, hint } = verdict;
  const diagnosis = diagnoses.find((each) => each.rule === rule);
  const code = error ?? diagnosis?.code ?? undefined;
  const summary = diagnosis?.title ?? verdict.summary;
  const causes: Head['causes'] = diagnosis?.causes.map(({ likelihood, cause, fix }) => ({
    likelihood,
    cause: summary.includes(cause) ? undefined : cause,
    fix,
  })) ?? [{ likelihood: 'certain', cause: undefined, fix: hint ?? undefined }];
  return { status, summary, code, causes, more: helpCommand(code ?? rule ?? undefined) };
}

/**
 * The command that explains an error or a rule offline: a reader of a log has no docs at hand.
 * @param topic an error code or the id of a rule
 */
export function helpCommand(topic: string | undefined): string | undefined {
  return topic === undefined ? undefined : `dexchange help ${topic}`;
}
