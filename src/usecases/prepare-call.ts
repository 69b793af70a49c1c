import { unknownVariables } from '../config/missing-setting.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import { ownVariable } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { type ExecInfo, readExecInfo } from '../kubernetes/exec-credential.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import type { Environment } from '../ports.ts';
import type { KubeconfigSource, Trace } from './trace-event.ts';

/** A call of get-token with everything that decides about it. */
export interface PreparedCall {
  readonly settings: Settings;
  /** The environment, with the variables of the kubeconfig's exec entry if one is used. */
  readonly env: Environment;
  /** What the client says in KUBERNETES_EXEC_INFO, or would say for the kubeconfig's exec entry. */
  readonly execInfo: ExecInfo;
  /** The same as the variable holds it. */
  readonly execInfoText: string | undefined;
  /** True if a client runs the plugin; false by hand. */
  readonly isClient: boolean;
  /** The context of the kubeconfig that the settings were taken from. */
  readonly context: KubeconfigContext | undefined;
}

/** The call that client-go would make of the exec entry of a kubeconfig context. */
export interface ExecEntryCall {
  /** Flags of the entry's args. */
  readonly flags: ParsedArguments['flags'];
  /** Variables of the entry. */
  readonly env: Environment;
  /** What KUBERNETES_EXEC_INFO would say. */
  readonly execInfo: string;
  readonly context: KubeconfigContext;
  readonly source: KubeconfigSource;
}

export interface PrepareCallPorts {
  readonly env: Environment;
  readonly trace: Trace;
  /**
   * Reads the exec entry of the context that `--kubeconfig` and `--context` select; loaded when it
   * is used.
   * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
   */
  execEntryCall(flags: ParsedArguments['flags']): Promise<ExecEntryCall>;
}

/**
 * Prepares a call of get-token, whether it is explained or not: settings from flags, environment
 * and the cluster's extension. With `--kubeconfig` or `--context` they are completed from the exec
 * entry of that context, as client-go would run it; what is given by hand wins over the entry.
 * @param explains true under `--explain`, which by hand takes the exec entry of KUBECONFIG too
 * @throws DexchangeError setting_*, kubeconfig_*, exec_version_unsupported
 */
export async function prepareCall(
  parsed: ParsedArguments,
  explains: boolean,
  ports: PrepareCallPorts,
): Promise<PreparedCall> {
  const { trace } = ports;
  const ownInfo = ports.env['KUBERNETES_EXEC_INFO'];
  const entry = await selectedEntry(parsed, explains, ports);
  if (entry !== undefined) trace({ kind: 'kubeconfig', source: entry.source });
  const execInfoText = entry?.execInfo ?? ownInfo;
  const execInfo = readExecInfo(execInfoText);
  const env = entry === undefined ? ports.env : { ...ports.env, ...entry.env };
  const settings = resolveSettings({
    command: 'get-token',
    flags: entry === undefined ? parsed.flags : completedFlags(parsed, entry),
    env,
    clusterConfig: execInfo.clusterConfig,
  });
  trace({ kind: 'settings', settings });
  if (execInfo.ignored !== undefined) {
    trace({ kind: 'note', text: `${execInfo.ignored}: treated as a call by hand` });
  }
  const isClient = Boolean(ownInfo?.trim());
  return { settings, env, execInfo, execInfoText, isClient, context: entry?.context };
}

async function selectedEntry(
  { flags }: ParsedArguments,
  explains: boolean,
  ports: PrepareCallPorts,
): Promise<ExecEntryCall | undefined> {
  const { env } = ports;
  const method = flags.get('method')?.at(-1)?.text ?? env[ownVariable('method')];
  // There, --kubeconfig names the credential that asks for the ServiceAccount's token.
  if (method === 'service-account') return undefined;
  if (flags.has('kubeconfig') || flags.has('context')) return ports.execEntryCall(flags);
  if (!explains || env['KUBERNETES_EXEC_INFO'] || !env['KUBECONFIG']) return undefined;
  try {
    return await ports.execEntryCall(flags);
  } catch (error) {
    if (!(error instanceof DexchangeError)) throw error;
    ports.trace({ kind: 'note', text: `KUBECONFIG is ignored: ${error.message}` });
    return undefined;
  }
}

/** The entry's flags, under those given by hand; `--kubeconfig` and `--context` selected it. */
function completedFlags(
  { flags }: ParsedArguments,
  entry: ExecEntryCall,
): ParsedArguments['flags'] {
  const given = [...flags].filter(([name]) => name !== 'kubeconfig' && name !== 'context');
  return new Map([...entry.flags, ...given]);
}

/**
 * The error with likely slips added to its hint, if a setting is missing: it may have been set, but
 * not where or as it was meant.
 */
export function withLikelySlips(
  thrown: unknown,
  { execInfo, env, context }: PreparedCall,
): unknown {
  if (!(thrown instanceof DexchangeError) || thrown.code !== 'setting_missing') return thrown;
  const slips = unknownVariables(env).map((name) => `${name} is set, but is not a setting`);
  if (execInfo.present && execInfo.clusterConfig === undefined) {
    slips.push("settings in the cluster's extension arrive only with provideClusterInfo: true");
  }
  if (!execInfo.present && context === undefined && env['KUBECONFIG']) {
    slips.push('--kubeconfig FILE takes the settings from the exec entry of a kubeconfig');
  }
  if (slips.length === 0) return thrown;
  return new DexchangeError(thrown.code, thrown.message, {
    hint: [thrown.hint, ...slips].join('; '),
    cause: thrown,
  });
}
