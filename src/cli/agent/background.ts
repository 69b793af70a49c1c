import { type ParsedArguments, parseArguments } from '../../config/parse-arguments.ts';
import { limitLine } from '../../running/keep-fresh.ts';
import { runAgent } from '../../running/run-agent.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { prepareAgent } from './prepare-agent.ts';
import { readStartMessage, readyMessageText } from './start-messages.ts';

/**
 * The agent in the background: reads its flags from `agent start`, answers when the files exist, and keeps
 * them fresh.
 * @throws DexchangeError
 */
export async function runBackgroundAgent(
  _words: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string> {
  const { args, ownerPid } = readStartMessage(runtime.agent.readMessage());
  const { plan, call } = await prepareAgent(parseArguments(args), 'start', runtime, ownerPid);
  await runAgent(plan, call, runtime, ({ folder, record, sourceEnd }) => {
    const { tokenFile = '', kubeconfig = '', pid, statusUrl } = record;
    const endsAtMs = runtime.now().wallMs + (plan.maxLifetimeMs ?? 0);
    const isLimit = sourceEnd !== undefined && sourceEnd.atMs < endsAtMs;
    const notices = isLimit ? [limitLine(sourceEnd)] : [];
    runtime.agent.detach(
      readyMessageText({ folder, tokenFile, kubeconfig, pid, statusUrl, notices }),
    );
  });
  return '';
}
