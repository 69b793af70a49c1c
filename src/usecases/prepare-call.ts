import { asksForSecret, emptyVariables, unknownVariables } from '../config/missing-setting.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import { ownVariable } from '../config/setting.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import {
  clientSecretNames,
  idpClientSecretNames,
  settingsOfSecret,
  subjectTokenNames,
} from '../inputs/secrets.ts';
import { type ExecInfo, readExecInfo } from '../kubernetes/exec-credential.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import type { Environment } from '../ports.ts';
import type { KubeconfigSource, Trace } from './trace-event.ts';

/** A call of get-token with all its inputs. */
export interface PreparedCall {
  readonly settings: Settings;
  /** The environment, with the variables of the kubeconfig's exec entry if one is used. */
  readonly env: Environment;
  /** KUBERNETES_EXEC_INFO of the client, or its equivalent for the exec entry of the kubeconfig. */
  readonly execInfo: ExecInfo;
  /** The text of KUBERNETES_EXEC_INFO. */
  readonly execInfoText: string | undefined;
  /** Whether a client runs the plugin, not a person. */
  readonly isClient: boolean;
  /** The kubeconfig context whose exec entry is used, if any. */
  readonly context: KubeconfigContext | undefined;
}

/** The call that client-go would make of the exec entry of a kubeconfig context. */
export interface ExecEntryCall {
  /** The flags in the args of the entry. */
  readonly flags: ParsedArguments['flags'];
  /** The variables of the entry. */
  readonly env: Environment;
  /** The text of KUBERNETES_EXEC_INFO. */
  readonly execInfo: string;
  readonly context: KubeconfigContext;
  readonly source: KubeconfigSource;
}

/** What a credential is obtained for, and the command in the settings table. */
const commandFor = {
  print: 'get-token',
  explain: 'get-token',
  exec: 'exec',
  /** For a kubeconfig that an agent writes. */
  agent: 'agent',
  /** For a token file alone. */
  'token-file': 'agent',
} as const;

export type CallPurpose = keyof typeof commandFor;

/** What preparing a call needs from the runtime. */
export interface PrepareCallPorts {
  readonly env: Environment;
  readonly trace: Trace;
  /**
   * Reads the exec entry of the context that `--kubeconfig` and `--context` select; loaded on first
   * use.
   * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
   */
  execEntryCall(flags: ParsedArguments['flags']): Promise<ExecEntryCall>;
}

/**
 * Prepares a call of get-token: resolves settings from flags, environment and the extension of the
 * cluster. With `--kubeconfig` or `--context`, the exec entry of that context adds its flags and
 * variables, as in a call by client-go; flags of the command line have precedence.
 * @param purpose without a client, `explain` also uses the context of KUBECONFIG, and `exec` and
 *   `agent` need a context or `--server`
 * @throws DexchangeError setting_*, kubeconfig_*, exec_version_unsupported
 */
export async function prepareCall(
  parsed: ParsedArguments,
  purpose: CallPurpose,
  ports: PrepareCallPorts,
): Promise<PreparedCall> {
  const { trace } = ports;
  const clientInfo = ports.env['KUBERNETES_EXEC_INFO'];
  const entry = await selectedEntry(parsed, purpose, ports);
  if (entry !== undefined) trace({ kind: 'kubeconfig', source: entry.source });
  const execInfoText = entry?.execInfo ?? clientInfo;
  const entryInfo = readExecInfo(execInfoText);
  const client = entry === undefined ? entryInfo : readExecInfo(clientInfo);
  // A client rejects an ExecCredential of another version than it asked for.
  const execInfo = client.present
    ? { ...entryInfo, apiVersion: client.apiVersion, interactive: client.interactive }
    : entryInfo;
  const env = entry === undefined ? ports.env : { ...ports.env, ...entry.env };
  const settings = resolveSettings({
    command: commandFor[purpose],
    flags: entry === undefined ? parsed.flags : mergedFlags(parsed, entry),
    env,
    clusterConfig: execInfo.clusterConfig,
  });
  trace({ kind: 'settings', settings });
  if (execInfo.ignored !== undefined) {
    trace({ kind: 'note', text: `${execInfo.ignored}: treated as a call without a client` });
  }
  return {
    settings,
    env,
    execInfo,
    execInfoText,
    isClient: client.present,
    context: entry?.context,
  };
}

async function selectedEntry(
  { flags }: ParsedArguments,
  purpose: CallPurpose,
  ports: PrepareCallPorts,
): Promise<ExecEntryCall | undefined> {
  const { env } = ports;
  const method = flags.get('method')?.at(-1)?.text ?? env[ownVariable('method')];
  // For this method, --kubeconfig selects the credential that requests the token.
  if (method === 'service-account') return undefined;
  if (flags.has('kubeconfig') || flags.has('context')) return ports.execEntryCall(flags);
  if (purpose === 'exec' || purpose === 'agent')
    return flags.has('server') ? undefined : ports.execEntryCall(flags);
  if (purpose !== 'explain' || env['KUBERNETES_EXEC_INFO'] || !env['KUBECONFIG']) return undefined;
  try {
    return await ports.execEntryCall(flags);
  } catch (error) {
    if (!(error instanceof DexchangeError)) throw error;
    ports.trace({ kind: 'note', text: `KUBECONFIG is ignored: ${error.message}` });
    return undefined;
  }
}

/** The flags that set the same secret in another way: as a value, a file or a command. */
function alternatives(name: SettingName): readonly SettingName[] {
  const groups = [clientSecretNames, idpClientSecretNames, subjectTokenNames].map(settingsOfSecret);
  return groups.find((group) => group.includes(name)) ?? [];
}

/** The flags of the entry and of the command line, which has precedence. */
function mergedFlags({ flags }: ParsedArguments, entry: ExecEntryCall): ParsedArguments['flags'] {
  const overrides = [...flags].filter(([name]) => name !== 'kubeconfig' && name !== 'context');
  const kept = [...entry.flags].filter(
    ([name]) => !alternatives(name).some((other) => flags.has(other)),
  );
  return new Map([...kept, ...overrides]);
}

/**
 * Adds likely mistakes to the hint of an error for a missing setting, which may be set under a wrong
 * name, in a place that is not read, or in a variable that the job does not get. Returns other errors
 * unchanged.
 */
export function withLikelyMistakes(thrown: unknown, call: PreparedCall): unknown {
  if (!(thrown instanceof DexchangeError) || thrown.code !== 'setting_missing') return thrown;
  const { execInfo, env, context } = call;
  const { hint } = thrown;
  const mistakes = [
    ...emptyVariables(hint, env).map((name) => `${name} is set, but it is empty`),
    ...(asksForSecret(hint) ? withheldSecret(env) : []),
    ...unknownVariables(env).map((name) => `${name} is set, but is not a setting`),
  ];
  if (hidesExtension(call)) {
    mistakes.push(
      'if they are in the extension of the cluster, set provideClusterInfo: true in the exec entry to pass it on',
    );
  }
  if (!execInfo.present && context === undefined && env['KUBECONFIG']) {
    mistakes.push('set --kubeconfig FILE to use the exec entry of a kubeconfig');
  }
  if (mistakes.length === 0) return thrown;
  return new DexchangeError(thrown.code, thrown.message, {
    hint: [hint, ...mistakes].join('; '),
    cause: thrown,
  });
}

/** When the CI system of the job does not give a secret to it, although the project has it. */
function withheldSecret(env: Environment): readonly string[] {
  if (env['GITLAB_CI']) {
    return ['GitLab withholds a protected variable from jobs of unprotected branches'];
  }
  if (env['GITHUB_ACTIONS']) {
    return [
      'GitHub gives an empty value for a secret that does not exist, and for every secret in a pull request from a fork',
    ];
  }
  return [];
}

/**
 * Whether the settings may be in an extension of the cluster that the plugin does not get. The entry
 * of a client is not known; if one of these settings arrives in another way, the author of the
 * kubeconfig does not use the extension.
 */
function hidesExtension({ settings, execInfo, context }: PreparedCall): boolean {
  if (settings.value('method') !== 'token-exchange') return false;
  if (!execInfo.present || execInfo.hasCluster) return false;
  if (context !== undefined) return context.cluster.execExtension !== undefined;
  const names = ['dex-url', 'client-id', 'connector-id'] as const;
  return names.every((name) => settings.value(name) === undefined);
}
