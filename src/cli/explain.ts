import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings } from '../config/resolve.ts';
import { ownVariable } from '../config/setting.ts';
import { table } from '../config/table.ts';
import { parseValue } from '../config/values.ts';
import { asDexchangeError, DexchangeError } from '../errors.ts';
import { askIssuers } from '../explain/ask-issuers.ts';
import { buildReport } from '../explain/build-report.ts';
import { paintFor } from '../explain/paint.ts';
import type { Report } from '../explain/report.ts';
import { reportText } from '../explain/report-text.ts';
import { recordRun } from '../explain/run-record.ts';
import { formatExecCredential } from '../kubernetes/exec-credential.ts';
import { readExecInfo } from '../kubernetes/exec-info.ts';
import { type Credential, getToken } from '../usecases/get-token.ts';
import { explainApi } from './explain-api.ts';
import { type ExplainedCall, explainedCall } from './explained-call.ts';
import { runGetToken } from './get-token.ts';
import type { Outcome } from './outcome.ts';
import type { CommandRuntime } from './run-command.ts';
import { flagText } from './slow-call.ts';

/**
 * `dexchange get-token --explain`: the same run as without it, and a report of it. By hand the
 * report is on stdout and no credential is printed; for a client that runs plugins it is on stderr,
 * and the credential on stdout. The exit code is that of the plain run.
 * @throws DexchangeError setting_invalid if the form is none there is
 */
export async function runExplain(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string | Outcome> {
  const form = explainForm(parsed, runtime.env);
  if (form === 'off') return runGetToken(parsed, runtime);
  const isClient = Boolean(runtime.env['KUBERNETES_EXEC_INFO']?.trim());
  const { record, observe } = recordRun(() => runtime.now().wallMs);
  let call: ExplainedCall | undefined;
  let credential: Credential | undefined;
  let answer = '';
  try {
    call = explainedCall(parsed, runtime);
    const info = readExecInfo(call.execInfo);
    const settings = resolveSettings({
      command: 'get-token',
      flags: call.parsed.flags,
      env: call.env,
      clusterConfig: info.clusterConfig,
    });
    record.settings = settings;
    runtime.setVerbose(settings.value('verbose'));
    if (settings.value('method') === 'service-account') throw nothingExchanged();
    const asker = { isClient, asksAnew: true };
    credential = await getToken(settings, { ...runtime, env: call.env, observe }, asker);
    if (isClient) answer = formatExecCredential(info, credential.token, credential.expirationMs);
  } catch (thrown) {
    record.error = asDexchangeError(thrown);
  }
  const { settings } = record;
  const api =
    credential === undefined || settings === undefined || call === undefined
      ? undefined
      : await explainApi(credential.token, settings, call, runtime);
  const keys = await askIssuers(record, api, credential?.token, runtime);
  const report = buildReport({
    version: runtime.version,
    record,
    localNowMs: runtime.now().wallMs,
    api,
    ...keys,
    kubeconfig: call?.kubeconfig?.shown,
    kubeconfigOddities: call?.oddities ?? [],
  });
  const text = formatReport(report, form, isClient ? 2 : 1, runtime);
  const { exitCode } = report.verdict;
  return isClient
    ? { stdout: answer, stderr: text, exitCode }
    : { stdout: text, stderr: '', exitCode };
}

function nothingExchanged(): DexchangeError {
  return new DexchangeError(
    'setting_conflict',
    '--explain explains an exchange at Dex, and method service-account makes none',
    { hint: 'dexchange whoami says who its token is; -v says what happens on the way' },
  );
}

/** The form in which `--explain` is asked for, by flag or DEXCHANGE_EXPLAIN. */
function explainForm(parsed: ParsedArguments, env: CommandRuntime['env']): string {
  const variable = ownVariable('explain');
  const flag = flagText(parsed, 'explain');
  const text = flag ?? env[variable] ?? 'off';
  return String(parseValue(table.explain, text, flag === undefined ? variable : '--explain'));
}

function formatReport(
  report: Report,
  form: string,
  stream: 1 | 2,
  runtime: CommandRuntime,
): string {
  if (form === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  return reportText(report, paintFor(runtime.isTerminal(stream), runtime.env));
}
