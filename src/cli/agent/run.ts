import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { formatDuration } from '../../duration.ts';
import type { AgentRecord } from '../../running/agent-record.ts';
import { limitLine } from '../../running/keep-fresh.ts';
import { runAgent } from '../../running/run-agent.ts';
import { sanitize } from '../../sanitize.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { prepareAgent } from './prepare-agent.ts';

/**
 * `dexchange agent run`: keeps files fresh in the foreground. When they exist, prints a line to stderr
 * and notifies systemd (sd_notify(3)). Ends with exit code 0 after SIGTERM, SIGINT or SIGHUP.
 * @throws DexchangeError
 */
export async function runForeground(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const { plan, call } = await prepareAgent(parsed, 'run', runtime);
  await runAgent(plan, call, runtime, async ({ record, sourceEnd }) => {
    if (plan.isOnce) return;
    runtime.printNotice(readyLine(record, runtime.now().wallMs));
    if (sourceEnd !== undefined) runtime.printNotice(limitLine(sourceEnd));
    await notifySystemd(runtime);
  });
  return '';
}

function readyLine(record: AgentRecord, nowMs: number): string {
  const { tokenFile, kubeconfig, statusUrl, expirationMs } = record;
  const shown = (path: string): string => sanitize(path, { maxChars: 500 });
  const files = [
    ...(tokenFile === undefined ? [] : [`token file ${shown(tokenFile)}`]),
    ...(kubeconfig === undefined ? [] : [`kubeconfig ${shown(kubeconfig)}`]),
    ...(statusUrl === undefined ? [] : [`status at ${statusUrl}`]),
  ];
  return `ready: ${files.join(', ')}; the credential expires in ${formatDuration(expirationMs - nowMs)}`;
}

/** The time limit of systemd-notify, in milliseconds. */
const notifyMs = 10_000;

/**
 * Tells systemd that the service is ready. Runs systemd-notify, because Node has no Unix datagram
 * sockets, which NOTIFY_SOCKET needs. The unit needs NotifyAccess=all.
 */
async function notifySystemd({ env, runCommand, printNotice }: CommandRuntime): Promise<void> {
  if (!env['NOTIFY_SOCKET']) return;
  try {
    await runCommand(['systemd-notify', '--ready'], env, { timeoutMs: notifyMs });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'failed';
    printNotice(`warning: cannot tell systemd that the agent is ready: systemd-notify ${reason}`);
  }
}
