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

/**
 * The running agents that a call is about, the oldest first: that of the job, if DEXCHANGE_AGENT names
 * one, or else all of this user.
 * @param all all of this user in any case
 */
export function runningAgents(
  { agent, env }: CommandRuntime,
  all: boolean,
): readonly RunningAgent[] {
  const ofUser = agent.findRunFolders(env).flatMap((folder): RunningAgent[] => {
    const record = folder.isRunning ? readRecord(folder.read(recordName) ?? '') : undefined;
    if (record === undefined || record.pid !== folder.pid) return [];
    return [{ folder, record, isOfJob: env[agentVariable] === folder.path }];
  });
  return all || !env[agentVariable] ? ofUser : ofUser.filter(({ isOfJob }) => isOfJob);
}
