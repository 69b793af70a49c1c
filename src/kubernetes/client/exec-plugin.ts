import { DexchangeError } from '../../errors.ts';
import { isRecord, parseJsonObject } from '../../json.ts';
import { childEnvironment, NestedCallError } from '../../nested-call.ts';
import type { Environment } from '../../ports.ts';
import { quoteInput } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { ExecEntry, KubeconfigContext } from '../kubeconfig/context.ts';
import { execInfoOf } from './exec-info.ts';
import { type CommandError, pluginFailure, pluginOf } from './plugin-failure.ts';

/** The credential that a plugin returned. */
export interface PluginCredential {
  readonly token: Secret | undefined;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
  /** In milliseconds since the epoch; undefined if the plugin did not return it. */
  readonly expirationMs: number | undefined;
}

/** What running a plugin needs from the runtime. */
export interface PluginPorts {
  readonly env: Environment;
  /**
   * Runs a command and returns its stdout.
   * @throws Error with a message that follows the name of the command; its `stderr`, if any, is the
   *   beginning of what the command printed there, and its `exitCode` the code that it ended with
   */
  runCommand(command: readonly string[], env: Environment): Promise<string>;
}

/**
 * Runs the plugin of a context as client-go does (plugin/pkg/client/auth/exec).
 * @param authorityPem the CA of the cluster, for KUBERNETES_EXEC_INFO
 * @param hint the hint if the plugin fails without a hint of its own
 * @throws DexchangeError kubeconfig_invalid (see `pluginError`)
 */
export async function runPlugin(
  context: KubeconfigContext,
  entry: ExecEntry,
  authorityPem: string | undefined,
  hint: string,
  ports: PluginPorts,
): Promise<PluginCredential> {
  if (entry.interactiveMode === 'Always') {
    throw invalid(
      context,
      entry,
      'requires a terminal, which is not available here',
      'set interactiveMode: IfAvailable in the exec entry, if the plugin works without a terminal',
    );
  }
  const env = {
    ...ports.env,
    ...entry.env,
    KUBERNETES_EXEC_INFO: execInfoOf(context.cluster, entry, authorityPem),
  };
  const command = [entry.command, ...entry.args];
  const purpose = ['plugin', context.cluster.server, ...command, JSON.stringify(entry.env)];
  let output: string;
  try {
    output = await ports.runCommand(command, childEnvironment(env, ports.env, purpose));
  } catch (error) {
    if (error instanceof NestedCallError) throw invalid(context, entry, error.message, error.hint);
    throw pluginFailure(error as CommandError, { context, entry, hint, jobEnv: ports.env });
  }
  return readOutput(output, context, entry);
}

function readOutput(
  output: string,
  context: KubeconfigContext,
  entry: ExecEntry,
): PluginCredential {
  const credential = parseJsonObject(output);
  const { apiVersion, status } = credential ?? {};
  if (credential !== undefined && apiVersion !== entry.apiVersion) {
    const returned = quoteInput(String(apiVersion ?? 'none'), 60);
    throw invalid(
      context,
      entry,
      `answered with apiVersion ${returned}, not ${entry.apiVersion}`,
      "set apiVersion in the exec entry of the kubeconfig to the version of the plugin's output",
    );
  }
  const text = (name: string): string | undefined => {
    const value = isRecord(status) ? status[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = text('token');
  const certificate = text('clientCertificateData');
  const key = text('clientKeyData');
  if (token === undefined && (certificate === undefined || key === undefined)) {
    throw invalid(
      context,
      entry,
      'did not print an ExecCredential',
      'check that it prints one JSON object with status.token, or with a client certificate and its key',
    );
  }
  const expiryMs = Date.parse(text('expirationTimestamp') ?? '');
  return {
    token: token === undefined ? undefined : new Secret(token),
    clientCertificatePem: certificate,
    clientKeyPem: key === undefined ? undefined : new Secret(key),
    expirationMs: Number.isNaN(expiryMs) ? undefined : expiryMs,
  };
}

function invalid(
  context: KubeconfigContext,
  entry: ExecEntry,
  what: string,
  hint: string,
): DexchangeError {
  return new DexchangeError('kubeconfig_invalid', `${pluginOf(context, entry)} ${what}`, { hint });
}
