import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { DexchangeError } from '../../errors.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { commandSettings } from '../command-settings.ts';
import { restoreLines } from './job-variables.ts';
import { type RunningAgent, runningAgents } from './running-agents.ts';

/**
 * `dexchange agent stop`: ends the agent of the job, the only running one, or with --all every one, and
 * prints a shell line that unsets the variables. It is not an error if no agent is running.
 * @throws DexchangeError usage_argument if several are running and none is that of the job
 */
export async function stopAgents(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const settings = commandSettings('agent stop', parsed, runtime);
  const all = settings.value('all');
  const agents = runningAgents(runtime, all);
  const chosen = all ? agents : onlyOne(agents);
  if (chosen.length === 0) runtime.printNotice('no agent is running');
  for (const { folder } of chosen) {
    const isRunning = (): boolean =>
      runtime.agent
        .findRunFolders(runtime.env)
        .some((other) => other.path === folder.path && other.isRunning);
    await runtime.agent.endOther(folder.pid, isRunning);
    // A killed agent leaves its folder.
    folder.remove();
  }
  return restoreLines(chosen.find(({ isOfJob }) => isOfJob)?.record.earlierKubeconfig);
}

function onlyOne(agents: readonly RunningAgent[]): readonly RunningAgent[] {
  if (agents.length <= 1) return agents;
  throw new DexchangeError(
    'usage_argument',
    `${agents.length} agents are running, and DEXCHANGE_AGENT names none of them`,
    {
      hint: 'run `dexchange agent stop --all` to end all, or `dexchange agent status` to see them',
    },
  );
}
