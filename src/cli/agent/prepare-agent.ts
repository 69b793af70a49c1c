import { isAbsolute, join } from 'node:path';
import type { ParsedArguments } from '../../config/parse-arguments.ts';
import type { Settings } from '../../config/resolve.ts';
import { DexchangeError } from '../../errors.ts';
import { runTarget } from '../../inputs/run-target.ts';
import type { AgentPlan } from '../../running/agent-ports.ts';
import { type PreparedCall, prepareCall } from '../../usecases/prepare-call.ts';
import type { CommandRuntime } from '../command-runtime.ts';

/** How an agent runs: in the foreground, or in the background of a job. */
export type AgentMode = 'run' | 'start';

/** An agent in the background ends after this time, in milliseconds. */
const usualLifetimeMs = 6 * 60 * 60_000;

/**
 * Builds the plan and the call of an agent.
 * @param ownerPid the process with which it ends, if it runs in the background
 * @throws DexchangeError setting_*, kubeconfig_*, usage_argument
 */
export async function prepareAgent(
  parsed: ParsedArguments,
  mode: AgentMode,
  runtime: CommandRuntime,
  ownerPid?: number,
): Promise<{ readonly plan: AgentPlan; readonly call: PreparedCall }> {
  const { flags } = parsed;
  if (mode === 'run' && !flags.has('token-file') && !flags.has('write-to')) {
    throw new DexchangeError('usage_argument', 'agent run needs a file to keep fresh', {
      hint: 'set --token-file, --write-to or both; `dexchange agent start` creates its own files',
    });
  }
  const writesKubeconfig = mode === 'start' || flags.has('write-to');
  const call = await prepareCall(parsed, writesKubeconfig ? 'agent' : 'token-file', runtime);
  const { settings, context } = call;
  const own = mode === 'start' ? 'own' : undefined;
  const pathOf = (name: 'token-file' | 'write-to'): string | undefined =>
    absolute(settings.value(name), name, runtime);
  const [tokenFile, kubeconfig] = [pathOf('token-file'), pathOf('write-to')];
  rejectSameFile(tokenFile, kubeconfig, runtime);
  return {
    call,
    plan: {
      tokenFile: tokenFile ?? own,
      kubeconfig: kubeconfig ?? own,
      embedsToken: flags.has('write-to') && !flags.has('token-file'),
      target: writesKubeconfig ? runTarget(settings, context, runtime) : undefined,
      listen: addressOf(settings),
      isOnce: mode === 'run' && settings.value('once'),
      removesFiles: mode === 'start',
      ownerPid,
      maxLifetimeMs:
        settings.value('max-lifetime') ?? (mode === 'start' ? usualLifetimeMs : undefined),
    },
  };
}

function rejectSameFile(
  tokenFile: string | undefined,
  kubeconfig: string | undefined,
  { realPath }: CommandRuntime,
): void {
  if (tokenFile === undefined || kubeconfig === undefined) return;
  if (realPath(tokenFile) !== realPath(kubeconfig)) return;
  throw new DexchangeError('setting_conflict', '--token-file and --write-to name the same file', {
    hint: 'set them to two files; with --write-to alone, the kubeconfig contains the token',
  });
}

function absolute(
  path: string | undefined,
  name: string,
  runtime: CommandRuntime,
): string | undefined {
  if (path === '-') {
    throw new DexchangeError('setting_invalid', `--${name} cannot be stdout`, {
      hint: `set --${name} to a file`,
    });
  }
  return path === undefined || isAbsolute(path) ? path : join(runtime.cwd(), path);
}

/** Parses `--listen`: a host name or address (IPv6 in brackets), a colon and a port. */
function addressOf(settings: Settings): AgentPlan['listen'] {
  const text = settings.value('listen');
  if (text === undefined) return undefined;
  const [, bracketed, plain, port = ''] =
    /^(?:\[([\da-f:.]+)\]|([\w.-]*)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) {
    throw new DexchangeError('setting_invalid', '--listen is not HOST:PORT', {
      hint: 'write for example --listen 127.0.0.1:9090, or --listen 0.0.0.0:9090 for the probes of a pod',
    });
  }
  // Without a host, the server would listen on all interfaces, which few users intend.
  return { host: (bracketed ?? plain) || '127.0.0.1', port: Number(port) };
}
