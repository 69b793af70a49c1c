import type { ParsedArguments } from '../../config/parse-arguments.ts';
import type { Outcome } from '../command-line.ts';
import type { CommandRuntime } from '../command-runtime.ts';
import { runForeground } from './run.ts';
import { startAgent } from './start.ts';
import { agentStatus } from './status.ts';
import { stopAgents } from './stop.ts';

/**
 * `dexchange agent run|start|stop|status`: keeps a token file and a kubeconfig fresh.
 * @throws DexchangeError
 */
export async function runAgentCommand(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<string | Outcome> {
  switch (parsed.positionals[1]) {
    case 'run':
      return runForeground(parsed, runtime);
    case 'start':
      return startAgent(parsed, runtime);
    case 'stop':
      return stopAgents(parsed, runtime);
    default:
      return agentStatus(parsed, runtime);
  }
}
