import type { RunTarget } from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import { runKubeconfig } from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import { nestedCallsVariable } from '../nested-call.ts';
import type { Environment, ForegroundCommand, RunFolder } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { Credential } from '../usecases/get-token.ts';
import type { PreparedCall } from '../usecases/prepare-call.ts';
import { keepFresh } from './keep-fresh.ts';
import { type RenewalPorts, renewalsOf } from './renewals.ts';

/** What `runWithCredential` needs from the runtime. */
export interface RunPorts extends RenewalPorts {
  /** @throws DexchangeError file_not_written */
  createRunFolder(env: Environment): RunFolder;
  /** Starts a command with the terminal and the signals of this process. */
  startForeground(command: readonly string[], env: Environment, folder: string): ForegroundCommand;
  /** Calls a function when this process ends, except by SIGKILL. */
  atExit(clean: () => void): void;
  maskInLog(secret: Secret): void;
}

/** How a command ended, or the system's error if it did not start. */
export interface RunEnd {
  readonly exitCode: number;
  readonly problem?: unknown;
}

/**
 * Obtains a credential, writes it and a kubeconfig into a private folder, and runs a command with them.
 * Renews the credential until the command ends, and then removes the folder.
 * @throws DexchangeError if the first credential cannot be obtained; then the command does not start
 */
export async function runWithCredential(
  command: readonly string[],
  target: RunTarget,
  call: PreparedCall,
  ports: RunPorts,
): Promise<RunEnd> {
  const { settings } = call;
  const renewals = renewalsOf(call, ports);
  const first = await renewals.obtainFirst();
  const folder = ports.createRunFolder(ports.env);
  ports.atExit(() => folder.remove());
  const publish = ({ token }: Credential): void => {
    folder.write('token', token.reveal());
  };
  const tokenFile = folder.write('token', first.token.reveal());
  const kubeconfig = folder.write('kubeconfig', runKubeconfig(target, { tokenFile }));
  const variable = settings.value('write-env');
  if (variable !== undefined && ports.env['GITHUB_ACTIONS'] === 'true') {
    if (!settings.value('no-ci-output')) ports.maskInLog(first.token);
  }
  const { [nestedCallsVariable]: _calls, KUBERNETES_EXEC_INFO: _info, ...inherited } = ports.env;
  const env = {
    ...inherited,
    KUBECONFIG: kubeconfig,
    KUBE_CONFIG_PATH: kubeconfig,
    DEXCHANGE_TOKEN_FILE: tokenFile,
    ...(variable === undefined ? {} : { [variable]: first.token.reveal() }),
  };
  const { ended } = ports.startForeground(command, env, folder.path);
  ports.beginCall();
  const stop = new AbortController();
  const refreshBeforeMs = settings.value('refresh-before');
  // Not awaited: the end of the command does not wait for a renewal that is in progress.
  keepFresh(first, refreshBeforeMs, { ...renewals, publish, failed: () => undefined }, stop.signal);
  try {
    return { exitCode: await ended };
  } catch (problem) {
    return { exitCode: 0, problem };
  } finally {
    stop.abort();
    folder.remove();
  }
}
