import { allRules } from '../../explain/rules/all-rules.ts';
import { placeholders } from '../../explain/rules/names.ts';
import { type Rule, textOf } from '../../explain/rules/rule.ts';
import { type Row, rows, wrapped } from '../../terminal/layout.ts';

/** The ids of the rules of `--explain`. */
export const ruleIds: readonly string[] = allRules.map(({ id }) => id);

/** The rule of `--explain` with an id; undefined if there is none. */
export function ruleNamed(id: string): Rule | undefined {
  return allRules.find((rule) => rule.id === id);
}

/**
 * Explains a rule of `--explain` for people, as docs/troubleshooting.md does: its symptom, and all
 * causes with check, log line and fix.
 * @param width columns of a line
 */
export function ruleText(rule: Rule, width: number): string {
  const title = rule.heading ?? textOf(rule.title, placeholders);
  const lines = [
    ...wrapped(`${title} (rule ${rule.id} of --explain)`, ['', '  '], width),
    '',
    ...wrapped(rule.symptom, ['Symptom: ', '  '], width),
    '',
    'Causes:',
  ];
  for (const { cause, check, log, fix } of rule.causes) {
    lines.push(...wrapped(textOf(cause, placeholders), ['- ', '  '], width));
    const table: Row[] = [['check', textOf(check, placeholders)]];
    if (log !== undefined) table.push(['log', log]);
    table.push(['fix', textOf(fix, placeholders)]);
    lines.push(...rows(table, 2, width));
  }
  return `${lines.join('\n')}\n`;
}
