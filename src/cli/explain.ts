import type { ParsedArguments } from '../config/parse-arguments.ts';
import { ownVariable } from '../config/setting.ts';
import { table } from '../config/table.ts';
import { parseValue } from '../config/values.ts';
import { explainCall } from '../explain/explain-call.ts';
import type { Report } from '../explain/report.ts';
import { reportText } from '../explain/report-text.ts';
import { dataText } from '../kubernetes/data-text.ts';
import { formatExecCredential } from '../kubernetes/exec-credential.ts';
import { ciLogOf } from '../terminal/ci-log.ts';
import { ciLogBehind, styleFor } from '../terminal/style.ts';
import type { CliRuntime, Outcome } from './command-line.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { getTokenForm, runGetToken } from './get-token.ts';

/**
 * `dexchange get-token --explain`: the same run as without it, and a report of it. By hand the
 * report goes to stdout and no credential is printed; for a client that runs plugins it goes to
 * stderr, and the credential to stdout. The exit code is that of the plain run.
 * @throws DexchangeError setting_invalid if there is no such form
 */
export async function runExplain(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string | Outcome> {
  const form = explainForm(parsed, runtime.env);
  if (form === 'off') return runGetToken(parsed, runtime);
  const { report, call, credential } = await explainCall(parsed, runtime, getTokenForm);
  const isClient = Boolean(runtime.env['KUBERNETES_EXEC_INFO']?.trim());
  const isPlain = call?.settings.value('no-ci-output') ?? isCiOutputOff(parsed, runtime.env);
  const stream = isClient ? 2 : 1;
  const text = runtime.redact(
    form === 'json' || form === 'yaml'
      ? dataText(report, form)
      : formatReport(report, stream, isPlain, runtime),
  );
  const { exitCode } = report.verdict;
  if (!isClient) return { stdout: text, stderr: '', exitCode };
  const answer =
    call === undefined || credential === undefined
      ? ''
      : formatExecCredential(call.execInfo, credential.token, credential.expirationMs);
  return { stdout: answer, stderr: text, exitCode };
}

/** The form that is asked for by flag or by DEXCHANGE_EXPLAIN. */
function explainForm({ flags }: ParsedArguments, env: CliRuntime['env']): string {
  const variable = ownVariable('explain');
  const flag = flags.get('explain')?.at(-1)?.text;
  const text = flag ?? env[variable] ?? 'off';
  return String(parseValue(table.explain, text, flag === undefined ? variable : '--explain'));
}

/** For a call whose settings cannot be resolved. */
function isCiOutputOff({ flags }: ParsedArguments, env: CliRuntime['env']): boolean {
  return flags.has('no-ci-output') || Boolean(env[ownVariable('no-ci-output')]);
}

function formatReport(
  report: Report,
  stream: 1 | 2,
  isPlain: boolean,
  { terminal, env, now }: CommandRuntime,
): string {
  const where = terminal(stream);
  const system = isPlain ? undefined : ciLogBehind(where, env);
  return reportText(report, styleFor(where, env, system), ciLogOf(system, now().wallMs));
}
