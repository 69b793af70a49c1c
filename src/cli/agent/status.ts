import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { formatDuration } from '../../duration.ts';
import { isoTime } from '../../http/date.ts';
import { dataText } from '../../kubernetes/data-text.ts';
import { sanitize } from '../../sanitize.ts';
import { type Row, rows } from '../../terminal/layout.ts';
import type { Outcome } from '../command-line.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { commandSettings } from '../command-settings.ts';
import { outputForm } from '../commands.ts';
import { type RunningAgent, runningAgents } from './running-agents.ts';

/**
 * `dexchange agent status`: shows the agent of the job, or all agents of this user: files, expiry and the
 * last error, never a token. The exit code is 0 if one runs and all credentials are valid, else 2.
 * @throws DexchangeError setting_*
 */
export function agentStatus(parsed: ParsedArguments, runtime: CommandRuntime): Outcome {
  const settings = commandSettings('agent status', parsed, runtime);
  const form = outputForm(settings, ['text', 'json', 'yaml']);
  const agents = runningAgents(runtime, settings.value('all'));
  const nowMs = runtime.now().wallMs;
  const isGood = agents.length > 0 && agents.every(({ record }) => record.expirationMs > nowMs);
  const stdout = form === 'text' ? statusText(agents, nowMs) : dataText(agents.map(dataOf), form);
  return { stdout, stderr: '', exitCode: isGood ? 0 : 2 };
}

/** Wide enough for every line: a path that is wrapped cannot be copied. */
const unwrapped = 10_000;

function statusText(agents: readonly RunningAgent[], nowMs: number): string {
  if (agents.length === 0) return 'no agent is running\n';
  return agents
    .map((agent) => `${rows(rowsOf(agent, nowMs), 0, unwrapped).join('\n')}\n`)
    .join('\n');
}

function rowsOf({ record, isOfJob }: RunningAgent, nowMs: number): readonly Row[] {
  const { pid, startedAtMs, tokenFile, kubeconfig, statusUrl, expirationMs } = record;
  const { renewals, failures, lastFailure } = record;
  const leftMs = expirationMs - nowMs;
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const optional = (label: string, value: string | undefined): readonly Row[] =>
    value === undefined ? [] : [[label, sanitize(value, { maxChars: 500 })]];
  return [
    [
      'agent',
      `process ${pid}, running for ${formatDuration(nowMs - startedAtMs)}${isOfJob ? ', of this job' : ''}`,
    ],
    ...optional('token file', tokenFile),
    ...optional('kubeconfig', kubeconfig),
    ...optional('status pages', statusUrl),
    [
      'credential',
      leftMs > 0
        ? `expires in ${formatDuration(leftMs)}`
        : `expired ${formatDuration(-leftMs)} ago`,
    ],
    ['renewals', failed === 0 ? `${renewals}` : `${renewals}, ${failed} failed`],
    ...optional(
      'last error',
      lastFailure === undefined
        ? undefined
        : `${formatDuration(nowMs - lastFailure.atMs)} ago: ${lastFailure.message} (${lastFailure.code})`,
    ),
  ];
}

function dataOf({ record, folder, isOfJob }: RunningAgent): Readonly<Record<string, unknown>> {
  const { pid, tokenFile, kubeconfig, statusUrl, renewals, failures, lastFailure } = record;
  return {
    pid,
    folder: folder.path,
    isOfJob,
    startedAt: isoTime(record.startedAtMs),
    tokenFile,
    kubeconfig,
    statusUrl,
    expiresAt: isoTime(record.expirationMs),
    renewals,
    failures,
    lastFailure:
      lastFailure === undefined
        ? undefined
        : { at: isoTime(lastFailure.atMs), code: lastFailure.code, message: lastFailure.message },
  };
}
