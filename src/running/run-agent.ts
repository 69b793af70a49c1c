import type { DexchangeError } from '../errors.ts';
import type { Credential } from '../usecases/get-token.ts';
import type { PreparedCall } from '../usecases/prepare-call.ts';
import { agentFiles } from './agent-files.ts';
import type { AgentPlan, AgentPorts } from './agent-ports.ts';
import { type AgentRecord, recordName, recordText } from './agent-record.ts';
import { statusPage } from './agent-status.ts';
import { keepFresh, type SourceEnd } from './keep-fresh.ts';
import { renewalsOf } from './renewals.ts';

/** What the starter of an agent learns when the files exist. */
export interface AgentReady {
  readonly folder: string;
  readonly record: AgentRecord;
  /** When the credential can no longer be renewed; undefined if nothing limits it. */
  readonly sourceEnd: SourceEnd | undefined;
}

/**
 * Obtains a credential, writes it into a token file, a kubeconfig or both, and renews it until a
 * signal arrives, the owner ends or the lifetime is over. With `isOnce`, returns when the files exist.
 * @param ready called when the files exist
 * @throws DexchangeError if the first credential cannot be obtained, or the files cannot be written
 */
export async function runAgent(
  plan: AgentPlan,
  call: PreparedCall,
  ports: AgentPorts,
  ready: (state: AgentReady) => Promise<void> | void,
): Promise<void> {
  const { settings } = call;
  const renewals = renewalsOf(call, ports);
  const first = await renewals.obtainFirst();
  // From now on, this process removes its files before a signal ends it.
  const ended = ports.agent.untilEnd(plan);
  const folder = ports.createRunFolder(ports.env);
  const files = agentFiles(plan, folder, settings.value('timeout'), ports);
  const clean = (): void => {
    folder.remove();
    if (plan.removesFiles) files.remove();
  };
  ports.atExit(clean);
  await files.write(first);
  let record: AgentRecord = {
    pid: ports.agent.pid,
    startedAtMs: ports.now().wallMs,
    ...files.paths,
    earlierKubeconfig: ports.env['KUBECONFIG'] || undefined,
    statusUrl: undefined,
    ...timesOf(first),
    renewals: 0,
    failures: {},
    lastFailure: undefined,
  };
  const server = await startServer();
  record = { ...record, statusUrl: server?.url };
  const keep = (next: AgentRecord): void => {
    record = next;
    try {
      folder.write(recordName, recordText(record));
    } catch {
      // The record is only informative. A full disk must not stop the renewals.
    }
  };
  keep(record);
  await ready({ folder: folder.path, record, sourceEnd: renewals.sourceEnd() });
  if (!plan.isOnce) {
    ports.beginCall();
    const stop = new AbortController();
    const kept = keepFresh(
      first,
      settings.value('refresh-before'),
      {
        ...renewals,
        async publish(credential) {
          await files.write(credential);
          keep({
            ...record,
            ...timesOf(credential),
            renewals: record.renewals + 1,
            lastFailure: undefined,
          });
        },
        failed: (error) => keep(withFailure(record, error, ports.now().wallMs)),
      },
      stop.signal,
    );
    // `kept` can resolve early, if nothing is left to renew.
    await Promise.race([ended, kept.then(() => ended)]);
    stop.abort();
  }
  server?.close();
  clean();

  async function startServer() {
    if (plan.listen === undefined) return undefined;
    return ports.agent.serveStatus(plan.listen, (path) =>
      statusPage(path, record, { nowMs: ports.now().wallMs, version: ports.version }),
    );
  }
}

function timesOf({
  expirationMs,
  lifeMs,
}: Credential): Pick<AgentRecord, 'expirationMs' | 'lifeMs'> {
  return { expirationMs: Math.round(expirationMs), lifeMs: Math.round(lifeMs) };
}

function withFailure(record: AgentRecord, error: DexchangeError, atMs: number): AgentRecord {
  const { code, message } = error;
  return {
    ...record,
    failures: { ...record.failures, [code]: (record.failures[code] ?? 0) + 1 },
    lastFailure: { atMs, code, message },
  };
}
