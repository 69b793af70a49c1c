import { type ErrorCode, exitCodes } from '../../errors.ts';
import { allRules } from '../../explain/rules/all-rules.ts';
import { wrapped } from '../../terminal/layout.ts';
import { configurationErrors } from './configuration-errors.ts';
import { dexErrors } from './dex-errors.ts';
import type { ErrorHelp } from './error-help.ts';
import { identityErrors } from './identity-errors.ts';
import { serverErrors } from './server-errors.ts';

/** The help of every error code, also for docs/errors.md. */
export const errorHelps: Readonly<Record<ErrorCode, ErrorHelp>> = {
  ...configurationErrors,
  ...identityErrors,
  ...dexErrors,
  ...serverErrors,
};

/** All error codes, by exit code. */
export const errorCodes: readonly ErrorCode[] = Object.keys(exitCodes) as ErrorCode[];

/** What each exit code means. */
export const exitCodeMeanings: Readonly<Record<number, string>> = {
  1: 'a bug in dexchange, or the output could not be written',
  2: 'usage or configuration; no request was sent',
  3: 'no identity token; no request was sent to Dex',
  4: 'Dex denied the request',
  5: 'a server is unreachable, timed out or returned an invalid response',
  6: 'the Kubernetes API denied the request',
};

/** The rule of `--explain` for an error code, which is also its section in docs/troubleshooting.md. */
export function ruleOf(code: ErrorCode): string {
  const rule = allRules.find(({ codes }) => codes?.includes(code));
  if (rule === undefined) throw new Error(`no rule explains ${code}`);
  return rule.id;
}

/** Whether `--explain` tells more about an error, which is then one of get-token's call. */
function isExplained(code: ErrorCode): boolean {
  return !/^(?:usage|decode|kubeconfig|output)_|^bug$/.test(code);
}

/**
 * Explains an error code for people.
 * @param width columns of a line
 */
export function errorText(code: ErrorCode, width: number): string {
  const { meaning, causes, remedy } = errorHelps[code];
  const exit = exitCodes[code];
  const lines = [
    ...wrapped(`${code} (exit code ${exit}: ${exitCodeMeanings[exit]})`, ['', '  '], width),
    '',
    ...wrapped(meaning, ['', ''], width),
    '',
    'Likely causes:',
    ...causes.flatMap((cause) => wrapped(cause, ['- ', '  '], width)),
    '',
    'What to do:',
    ...wrapped(remedy, ['', ''], width),
  ];
  if (isExplained(code)) {
    const more = `\`dexchange get-token --explain --kubeconfig FILE --context NAME\` makes the call again and looks for the cause; \`dexchange help ${ruleOf(code)}\` lists all causes that it knows.`;
    lines.push('', ...wrapped(more, ['', ''], width));
  }
  return `${lines.join('\n')}\n`;
}
