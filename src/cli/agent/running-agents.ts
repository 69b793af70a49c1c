import type { FoundRunFolder } from '../../ports.ts';
import { type AgentRecord, readRecord, recordName } from '../../running/agent-record.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { agentVariable } from './job-variables.ts';

/** An agent of this user that runs on this machine. */
export interface RunningAgent {
  readonly folder: FoundRunFolder;
  readonly record: AgentRecord;
  /** Whether DEXCHANGE_AGENT names it. */
  readonly isOfJob: boolean;
}

/**
 * Finds the running agents for a call, oldest first: the agent that DEXCHANGE_AGENT names, or if that is
 * not set, all agents of this user.
 * @param all return all agents of this user in any case
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
