import type { FoundRunFolder } from '../../ports.ts';
import { type AgentRecord, readRecord, recordName } from '../../running/agent-record.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { agentVariable } from './job-variables.ts';

/** An agent of this user that runs on this machine. */
export interface RunningAgent {
  readonly folder: FoundRunFolder;
  readonly record: AgentRecord;
  /** It is the one that DEXCHANGE_AGENT names. */
  readonly isOfJob: boolean;
}

/** The running agents of this user, the oldest first. */
export function runningAgents({ agent, env }: CommandRuntime): readonly RunningAgent[] {
  return agent.findRunFolders(env).flatMap((folder): RunningAgent[] => {
    const record = folder.isRunning ? readRecord(folder.read(recordName) ?? '') : undefined;
    if (record === undefined || record.pid !== folder.pid) return [];
    return [{ folder, record, isOfJob: env[agentVariable] === folder.path }];
  });
}
