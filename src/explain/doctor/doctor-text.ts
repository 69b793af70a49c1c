import { type CiLog, plainLog } from '../../terminal/ci-log.ts';
import { wrapped } from '../../terminal/layout.ts';
import type { Style } from '../../terminal/style.ts';
import { type Head, headBlock, headline } from '../head-block.ts';
import { annotation } from '../report-text.ts';
import { statusColor } from '../status-color.ts';
import type { DoctorCheck, DoctorReport, DoctorVerdict } from './report.ts';

/**
 * Formats the result for people: the head block, a line for each check with its fix below it, and
 * the verdict again.
 * @param log the log of a CI system, if the text goes to one
 */
export function doctorText(report: DoctorReport, style: Style, log: CiLog = plainLog): string {
  const head = headOf(report.verdict);
  const checks = report.checks.flatMap((check, index) =>
    checkLines(check, report.checks[index - 1]?.fix, style),
  );
  const lines = [
    ...headBlock(head, style),
    ...annotation(head, log),
    ...log.section('checks', 'checks', checks),
    ...log.rest(headline(head, style)),
  ];
  return `${lines.join('\n')}\n`;
}

function headOf({ status, summary, error, causes, more }: DoctorVerdict): Head {
  return {
    status,
    summary,
    code: error ?? undefined,
    causes: causes.map(({ likelihood, cause, fix }) => ({
      likelihood,
      cause: cause ?? undefined,
      fix: fix ?? undefined,
    })),
    more: more ?? undefined,
  };
}

/** @param fixBefore the fix of the check before, which is not repeated */
function checkLines(
  { name, state, found, fix }: DoctorCheck,
  fixBefore: string | null | undefined,
  style: Style,
): readonly string[] {
  const { width, colors } = style;
  const head = `${state.padEnd(7)}  ${name.padEnd(15)}  `;
  const next = ' '.repeat(head.length);
  const [first = '', ...others] = wrapped(found, [head, next], width);
  return [
    first.replace(state, statusColor(state, colors)(state)),
    ...others,
    ...(fix === null || fix === fixBefore ? [] : wrapped(fix, [`${next}fix: `, next], width)),
  ];
}
