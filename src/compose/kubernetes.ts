import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import type { KubeconfigPorts } from '../inputs/kubeconfig.ts';
import { serviceAccountInput } from '../inputs/service-account.ts';
import type { ConnectPorts } from '../kubernetes/client/connect.ts';
import { callDeadline } from '../platform/deadline.ts';
import { endProcess as end } from '../platform/http/end-process.ts';
import { createHttp } from '../platform/http/http.ts';
import { runCommand } from '../platform/run-command.ts';
import type { ChannelSettings } from '../ports.ts';
import { redactionOf as createRedaction } from '../redaction.ts';
import { execEntryCall as readExecEntryCall } from '../usecases/exec-entry-call.ts';
import type { CredentialMethod } from '../usecases/get-token.ts';
import type { CredentialRuntime } from '../usecases/obtain-credential.ts';
import type { ExecEntryCall } from '../usecases/prepare-call.ts';
import { serviceAccountMethod as method } from '../usecases/service-account-method.ts';

/** Ends the process even during a name lookup. */
export const endProcess = end;

/** Makes the redaction of the run. */
export const redactionOf = createRedaction;

/**
 * Wires method service-account with kubeconfigs and the Kubernetes API. Loaded by main on first use.
 * @throws DexchangeError setting_*, kubeconfig_*
 */
export function serviceAccountMethod(
  settings: Settings,
  runtime: CredentialRuntime,
  version: string,
): CredentialMethod {
  return method(serviceAccountInput(settings, runtime), {
    ...runtime,
    ...connectPorts(runtime, version),
  });
}

/**
 * Reads the exec entry of a kubeconfig. Loaded by main on first use.
 * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
 */
export function execEntryCall(
  flags: ParsedArguments['flags'],
  ports: KubeconfigPorts,
): ExecEntryCall {
  return readExecEntryCall(flags, ports);
}

/** Wires channels to the Kubernetes API and running the plugins of kubeconfigs. */
export function connectPorts(
  runtime: Pick<CredentialRuntime, 'now' | 'trace'>,
  version: string,
): Pick<ConnectPorts, 'openChannel' | 'runCommand'> {
  return {
    runCommand: (command, env, { timeoutMs, atMostMs }) =>
      runCommand(command, env, callDeadline({ timeoutMs, atMostMs: atMostMs?.() }), {
        keepsStderr: true,
      }),
    openChannel: (settings: ChannelSettings, trace = runtime.trace) =>
      createHttp(settings, callDeadline(settings), {
        now: () => runtime.now().wallMs,
        random: Math.random,
        userAgent: `dexchange/${version}`,
        trace,
      }),
  };
}
