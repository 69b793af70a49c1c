import { redactionOf } from '../redaction.ts';
import type { Secret } from '../secret.ts';
import type { ApiRecord } from './api-record.ts';
import type { ServerFacts } from './ask-servers.ts';
import { settingsTrust } from './curl-trust.ts';
import { diagnose } from './diagnose.ts';
import { clocksOf, evidenceOf } from './evidence.ts';
import { redactReport } from './redact-report.ts';
import { type Diagnosis, type Report, reportVersion, type Step, type Verdict } from './report.ts';
import { type RunRecord, usesIdentityMethod } from './run-record.ts';
import { secretsOfRun } from './secrets-of-run.ts';
import { cacheStep } from './steps/cache-step.ts';
import { credentialOf, dexTokenStep } from './steps/dex-token-step.ts';
import { exchangeStep } from './steps/exchange-step.ts';
import { identityStep } from './steps/identity-step.ts';
import { kubernetesStep } from './steps/kubernetes-step.ts';
import { settingsStep } from './steps/settings-step.ts';
import { subjectTokenStep } from './steps/subject-token-step.ts';

/** Everything that is known about a run when its report is built. */
export interface Findings {
  readonly version: string;
  readonly record: RunRecord;
  /** Local time, in milliseconds since the epoch. */
  readonly localNowMs: number;
  readonly api?: ApiRecord | undefined;
  readonly servers?: ServerFacts;
  /** The kubeconfig whose exec entry was run, and what is suspicious in it. */
  readonly kubeconfig?: string | undefined;
  readonly kubeconfigWarnings?: readonly string[];
  /** The flags that select the kubeconfig context of the call, for commands in the report. */
  readonly contextFlags?: string | undefined;
  /** More secrets that the report must not contain. */
  readonly secrets?: readonly Secret[];
}

/** Builds the report of a run: steps, diagnoses and verdict, with every secret redacted. */
export function buildReport(findings: Findings): Report {
  const { record, api, localNowMs } = findings;
  const clocks = clocksOf(record, api);
  const dexAhead = clocks.find(({ server }) => server === 'Dex')?.aheadSeconds ?? 0;
  const nowMs = localNowMs + dexAhead * 1000;
  const evidence = evidenceOf({
    record,
    nowMs,
    api,
    servers: findings.servers ?? {},
    kubeconfigWarnings: findings.kubeconfigWarnings ?? [],
    contextFlags: findings.contextFlags === undefined ? '' : ` ${findings.contextFlags}`,
  });
  const trust = settingsTrust(record);
  const noApi =
    credentialOf(record) === undefined
      ? 'not reached'
      : 'skipped: set --server, --kubeconfig or --context to ask the API server';
  const steps: readonly Step[] = [
    settingsStep(record, findings.kubeconfig),
    identityStep(record, trust),
    cacheStep(record, localNowMs),
    subjectTokenStep(record, nowMs),
    exchangeStep(record, trust),
    dexTokenStep(record, nowMs),
    kubernetesStep(
      api,
      clocks,
      { ...api?.trust, ...(usesIdentityMethod(record) ? { bearer: 'IDP_TOKEN' } : {}) },
      noApi,
    ),
  ];
  const diagnoses = diagnose(evidence);
  const report: Report = {
    version: reportVersion,
    dexchange: findings.version,
    verdict: verdict(record, diagnoses, steps),
    steps,
    diagnoses,
  };
  return redactReport(report, redactionOf([...secretsOfRun(record), ...(findings.secrets ?? [])]));
}

function verdict(
  record: RunRecord,
  diagnoses: readonly Diagnosis[],
  steps: readonly Step[],
): Verdict {
  const { error } = record;
  const base = {
    error: error?.code ?? null,
    message: error?.message ?? null,
    hint: error?.hint ?? null,
    exitCode: error?.exitCode ?? 0,
  };
  const mostSevere = diagnoses.find(({ status }) => status !== 'note');
  if (mostSevere !== undefined && mostSevere.status !== 'note') {
    const cause = leadingCauses(mostSevere);
    const known =
      cause === undefined ||
      mostSevere.title.includes(cause) ||
      mostSevere.title === error?.message;
    return {
      ...base,
      status: mostSevere.status,
      summary: known ? mostSevere.title : `${mostSevere.title}: ${cause}`,
      rule: mostSevere.rule,
    };
  }
  if (error !== undefined) return { ...base, status: 'failed', summary: error.message, rule: null };
  const [kubernetes] = steps.filter(({ name }) => name === 'kubernetes');
  const apiSummary = kubernetes?.status === 'ok' ? kubernetes.summary : undefined;
  return {
    ...base,
    status: 'ok',
    summary:
      apiSummary ?? summaryOf(steps, usesIdentityMethod(record) ? 'subject-token' : 'dex-token'),
    rule: null,
  };
}

/** The certain cause, or at most two likely ones; undefined if the evidence is weaker. */
function leadingCauses({ causes }: Diagnosis): string | undefined {
  const [first] = causes;
  if (first?.likelihood === 'certain') return first.cause;
  const likely = causes.filter(({ likelihood }) => likelihood === 'likely');
  if (likely.length === 0 || likely.length > 2) return undefined;
  return `most likely ${likely.map(({ cause }) => cause).join(', or ')}`;
}

function summaryOf(steps: readonly Step[], name: Step['name']): string {
  return steps.find((step) => step.name === name)?.summary ?? '';
}
