import type { ErrorCode } from '../../errors.ts';
import type { ExplainedCall } from '../explain-call.ts';
import type { Report, Step } from '../report.ts';
import { noExchange } from '../steps/exchange-step.ts';
import { failed, ok, skipped, warning } from './check.ts';
import { connectionText } from './connection-text.ts';
import { groupCheck } from './group-check.ts';
import { permissionChecks } from './permission-checks.ts';
import type { CheckName, DoctorCheck } from './report.ts';

/**
 * The checks of an explained call, from its settings to what the user may do, in the order of the
 * call. The failure of the call is the result of one of them.
 * @param dex the check of Dex itself; undefined if it was not asked
 */
export function callChecks(
  { report, api }: ExplainedCall,
  dex: DoctorCheck | undefined,
): readonly DoctorCheck[] {
  const settings = stepOf(report, 'settings');
  const token = stepOf(report, 'dex-token');
  const checks = [
    plainCheck('settings', settings, report),
    plainCheck('identity-source', stepOf(report, 'identity'), report),
    plainCheck('identity-token', stepOf(report, 'subject-token'), report),
    ...(dex === undefined ? [] : [dex]),
    ...exchangeChecks(report),
    ...(stepOf(report, 'exchange').summary === noExchange
      ? []
      : [
          claimsCheck(report),
          groupCheck(stepOf(report, 'subject-token').token, token.token, report),
        ]),
  ];
  return [...checks, apiCheck(report, api), ...permissionChecks(api, hintOf(report))];
}

/** The step of a name, of which every report has one. */
export function stepOf<N extends Step['name']>(
  { steps }: Report,
  name: N,
): Extract<Step, { readonly name: N }> {
  const step = steps.find((each) => each.name === name);
  if (step === undefined) throw new Error(`the report has no step ${name}`);
  return step as Extract<Step, { readonly name: N }>;
}

/** A check that says what its step says. */
function plainCheck(name: CheckName, { status, summary }: Step, report: Report): DoctorCheck {
  if (status === 'failed') return failed(name, errorOf(report, summary));
  return { name, state: status, found: summary, fix: null, code: null };
}

/** The error of the call, for the check that it belongs to. */
function errorOf({ verdict }: Report, message: string) {
  return { code: verdict.error ?? ('bug' as const), message, hint: verdict.hint ?? '' };
}

function hintOf({ diagnoses }: Report): string | null {
  return diagnoses.find(({ rule }) => rule === 'api-forbidden')?.causes[0]?.fix ?? null;
}

/** Whether a request to Dex failed before it had an answer. */
export function isDexUnreachable(report: Report): boolean {
  return stepOf(report, 'exchange').status === 'failed' && report.verdict.exitCode === 5;
}

function exchangeChecks(report: Report): readonly DoctorCheck[] {
  const step = stepOf(report, 'exchange');
  if (!isDexUnreachable(report)) return [plainCheck('exchange', step, report)];
  // One failure, not two: the exchange needs the server.
  return [failed('dex', errorOf(report, step.summary)), skipped('exchange', 'not reached')];
}

function claimsCheck(report: Report): DoctorCheck {
  const { status, user } = stepOf(report, 'dex-token');
  if (user === null || status === 'skipped') return skipped('claims', 'not reached');
  const isAccepted = stepOf(report, 'kubernetes').user !== null;
  const objections = user.objections.filter(({ certain }) => certain || !isAccepted);
  const who = `email ${user.username ?? 'missing'}, aud ${user.audiences.join(', ') || 'none'}`;
  if (isAccepted || objections.length === 0) return ok('claims', `${who}: as the API expects`);
  return warning('claims', `${who}: ${objections.map(({ text }) => text).join('; ')}`, null);
}

function apiCheck(report: Report, api: ExplainedCall['api']): DoctorCheck {
  const { status, summary, server, user, requests } = stepOf(report, 'kubernetes');
  if (api === undefined || status === 'skipped') return skipped('api', summary);
  if (user !== null && user.username !== 'system:anonymous') {
    return ok('api', `${server}${connectionText(requests)} authenticates ${user.username}`);
  }
  const { error } = api;
  const message =
    user === null ? summary : `${server} authenticates the caller as ${user.username}`;
  return failed('api', {
    code: error?.code ?? codeOfStatus(api.status),
    message,
    hint: error?.hint ?? '',
  });
}

function codeOfStatus(status: number | undefined): ErrorCode {
  if (status === 403) return 'api_forbidden';
  return status === 401 || status === 201 ? 'api_unauthorized' : 'api_refused';
}
