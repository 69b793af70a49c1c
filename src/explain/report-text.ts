import { type CiLog, plainLog } from '../terminal/ci-log.ts';
import { type Row, rows, wrapped } from '../terminal/layout.ts';
import type { Style } from '../terminal/style.ts';
import { type Head, headBlock, headline } from './head-block.ts';
import type { Diagnosis, Report } from './report.ts';
import { headOf } from './report-head.ts';
import { stepLines } from './step-lines.ts';
import { noExchange } from './steps/exchange-step.ts';

/**
 * Formats a report for people: the head block, then the evidence and all causes, then the steps with
 * settings and claims, and the verdict again.
 * @param log the log of a CI system, if the text goes to one
 */
export function reportText(report: Report, style: Style, log: CiLog = plainLog): string {
  const head = headOf(report);
  const lines = [...headBlock(head, style), ...annotation(head, log)];
  const evidence = [
    ...errorLines(report, head, style.width),
    ...separated(report.diagnoses.map((diagnosis) => diagnosisLines(diagnosis, style))),
  ];
  if (evidence.length > 0) lines.push(...log.section('causes', 'evidence and causes', evidence));
  const steps = report.steps
    .filter(({ summary }) => summary !== noExchange)
    .flatMap((step, index) => stepLines(step, index + 1, style));
  lines.push(...log.section('steps', 'steps, settings and claims', steps));
  lines.push(...log.rest(headline(head, style)));
  return `${lines.join('\n')}\n`;
}

/** Marks the result of a report in the overview of a CI run. */
export function annotation(head: Head, log: CiLog): readonly string[] {
  const { status, summary, code, causes } = head;
  if (status === 'ok') return [];
  const [first] = causes;
  const lines = [
    `${summary}${code === undefined ? '' : ` (${code})`}`,
    ...(first?.cause === undefined ? [] : [first.cause]),
    ...(first?.fix === undefined ? [] : [`fix: ${first.fix}`]),
  ];
  return log.annotation(status === 'failed' ? 'error' : 'warning', lines);
}

function separated(parts: readonly (readonly string[])[]): readonly string[] {
  return parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

/** The message and hint of the call without `--explain`, unless they are shown anyway. */
function errorLines(report: Report, head: Head, width: number): readonly string[] {
  const { message, hint } = report.verdict;
  const [first] = head.causes;
  const isMessageShown =
    message === null ||
    head.summary.includes(message) ||
    report.diagnoses.some(({ evidence }) => evidence.includes(message));
  const isHintShown = hint === null || hint === first?.fix;
  return [
    ...(isMessageShown ? [] : wrapped(message, ['error: ', '  '], width)),
    ...(isHintShown ? [] : wrapped(hint, ['hint: ', '  '], width)),
  ];
}

const severities: Readonly<Record<Diagnosis['status'], string>> = {
  failed: 'problem',
  warning: 'warning',
  note: 'note',
};

function diagnosisLines(diagnosis: Diagnosis, { width, colors }: Style): readonly string[] {
  const { status, title, evidence, causes, rule } = diagnosis;
  const lines = wrapped(title, [`${severities[status]}: `, '  '], width).map((line) =>
    colors.bold(line),
  );
  for (const line of evidence) lines.push(...wrapped(line, ['  - ', '    '], width));
  if (causes.length > 1) lines.push('  causes, most likely first');
  causes.forEach(({ likelihood, cause, check, log, fix }, index) => {
    const number = causes.length > 1 ? `${index + 1}. ` : '';
    lines.push(...wrapped(`${cause} (${likelihood})`, [`  ${number}`, '     '], width));
    const table: Row[] = [['check', check]];
    if (log !== null) table.push(['log', log]);
    table.push(['fix', fix]);
    lines.push(...rows(table, 5, width));
  });
  return [...lines, `  rule ${rule}`];
}
