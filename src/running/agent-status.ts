import { formatDuration } from '../duration.ts';
import type { StatusPage } from '../ports.ts';
import type { AgentRecord } from './agent-record.ts';

const plainText = 'text/plain; charset=utf-8';

/** The type of Prometheus' text format. */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The status pages of an agent: `/healthz` (the process runs), `/readyz` (the files contain a credential
 * that has not expired) and `/metrics` (Prometheus' text format). None contains a secret.
 */
export function statusPage(
  path: string,
  record: AgentRecord,
  { nowMs, version }: { readonly nowMs: number; readonly version: string },
): StatusPage {
  switch (path) {
    case '/healthz':
    case '/livez':
      return { status: 200, type: plainText, body: 'ok\n' };
    case '/readyz':
      return readyPage(record, nowMs);
    case '/metrics':
      return { status: 200, type: metricsType, body: metrics(record, version) };
    default:
      return { status: 404, type: plainText, body: 'try /healthz, /readyz or /metrics\n' };
  }
}

function readyPage({ expirationMs, lastFailure }: AgentRecord, nowMs: number): StatusPage {
  const leftMs = expirationMs - nowMs;
  if (leftMs > 0) {
    return {
      status: 200,
      type: plainText,
      body: `ok: the credential expires in ${formatDuration(leftMs)}\n`,
    };
  }
  const reason = lastFailure === undefined ? '' : `: ${lastFailure.message} (${lastFailure.code})`;
  return { status: 503, type: plainText, body: `the credential has expired${reason}\n` };
}

function metrics(record: AgentRecord, version: string): string {
  const { startedAtMs, expirationMs, lifeMs, renewals, failures } = record;
  return [
    ...metric('build_info', 'gauge', 'The version of dexchange.', [
      [`{version="${labelValue(version)}"}`, 1],
    ]),
    ...metric('start_time_seconds', 'gauge', 'When the agent started, in Unix time.', [
      ['', startedAtMs / 1000],
    ]),
    ...metric(
      'credential_expiration_timestamp_seconds',
      'gauge',
      'When the credential in the files expires, in Unix time.',
      [['', expirationMs / 1000]],
    ),
    ...metric('credential_lifetime_seconds', 'gauge', 'The lifetime of the credential.', [
      ['', lifeMs / 1000],
    ]),
    ...metric('renewals_total', 'counter', 'Number of renewals.', [['', renewals]]),
    ...metric(
      'renewal_failures_total',
      'counter',
      'Number of failed renewals, by error code.',
      Object.entries(failures).map(([code, count]) => [`{code="${labelValue(code)}"}`, count]),
    ),
  ].join('');
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): readonly string[] {
  const full = `dexchange_${name}`;
  return [
    `# HELP ${full} ${help}\n`,
    `# TYPE ${full} ${type}\n`,
    ...samples.map(([labels, value]) => `${full}${labels} ${value}\n`),
  ];
}

/** Escapes a label value (Prometheus exposition format 0.0.4). */
function labelValue(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}
