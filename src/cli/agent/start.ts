import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { resolveSettings } from '../../config/resolve.ts';
import { DexchangeError, outputFailed } from '../../errors.ts';
import { nestedCallsVariable } from '../../nested-call.ts';
import { backgroundArgument, type Outcome, shellFailure } from '../command-line.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { outputForm } from '../commands.ts';
import { variableForms, variablesText } from './job-variables.ts';
import { readReadyMessage, startMessageText } from './start-messages.ts';

/**
 * `dexchange agent start`: starts an agent in the background, and prints the job's variables in the format
 * of `-o`. The errors and the exit code are those of the agent.
 * @throws DexchangeError
 */
export async function startAgent(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<Outcome> {
  const { form, ownerPid } = startOptions(parsed, runtime);
  const { agent, env } = runtime;
  const message = startMessageText(parsed.flags, ownerPid ?? agent.ownerProcess(env));
  const { [nestedCallsVariable]: _calls, ...inherited } = env;
  const start = await agent.startBackground(backgroundArgument, message, inherited);
  if (start.kind === 'failed') {
    const { stderr, exitCode } = start;
    return { stdout: form === 'shell' ? shellFailure(exitCode) : '', stderr, exitCode };
  }
  const { notices, ...ready } = readReadyMessage(start.message);
  for (const notice of notices) runtime.printNotice(notice);
  let isPrinted = false;
  try {
    const problem = agent.answerStarter(variablesText(ready, form));
    isPrinted = problem === undefined;
    if (problem !== undefined && problem !== 'ended') throw outputFailed(problem);
  } finally {
    // The owner may have ended before its process id was looked up, so the agent may watch a wrong process.
    if (!isPrinted) await agent.endOther(ready.pid, () => false);
  }
  return { stdout: '', stderr: '', exitCode: isPrinted ? 0 : 1 };
}

/** The flags that concern the start itself; the agent resolves all others. */
function startOptions({ flags }: ParsedArguments, runtime: CommandRuntime) {
  const own = new Map([...flags].filter(([name]) => name === 'output' || name === 'owner-pid'));
  const settings = resolveSettings({
    command: 'agent start',
    flags: own,
    env: {},
    clusterConfig: undefined,
  });
  return {
    form: outputForm(settings, variableForms),
    ownerPid: pidOf(settings.value('owner-pid'), runtime.agent),
  };
}

function pidOf(text: string | undefined, { isAlive }: CommandRuntime['agent']): number | undefined {
  if (text === undefined) return undefined;
  const pid = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  if (pid !== undefined && isAlive(pid)) return pid;
  throw new DexchangeError(
    'setting_invalid',
    pid === undefined ? '--owner-pid is not a process id' : '--owner-pid is not a running process',
    { hint: 'write for example --owner-pid $$ for the shell that runs the script' },
  );
}
