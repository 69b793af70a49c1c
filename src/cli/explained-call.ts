import { basename } from 'node:path';
import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { resolveSettings } from '../config/resolve.ts';
import { belongsTo } from '../config/setting.ts';
import { type SettingName, table } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import { adminContext } from '../inputs/kubeconfig.ts';
import { execEntry, execExtension, execInfoOf } from '../kubernetes/kubeconfig/exec-entry.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/read.ts';
import { sanitize } from '../sanitize.ts';
import type { CommandRuntime } from './run-command.ts';

/** The call that is explained: as it was made, or as a client would make it of a kubeconfig. */
export interface ExplainedCall {
  readonly parsed: ParsedArguments;
  readonly env: CommandRuntime['env'];
  /** What KUBERNETES_EXEC_INFO says, or would say. */
  readonly execInfo: string | undefined;
  /** The files and the context that it was taken from. */
  readonly kubeconfig: { readonly shown: string; readonly context: KubeconfigContext } | undefined;
  /** What a reader of the kubeconfig would not expect. */
  readonly oddities: readonly string[];
}

/**
 * With `--kubeconfig` or `--context`, or by hand with KUBECONFIG, the call that client-go would make
 * of that context's exec entry: its args, env and extension. What is given by hand wins over it.
 * A KUBECONFIG whose user has another credential is left alone.
 * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid if it was asked for outright
 */
export function explainedCall(parsed: ParsedArguments, runtime: CommandRuntime): ExplainedCall {
  const { env } = runtime;
  const asMade: ExplainedCall = {
    parsed,
    env,
    execInfo: env['KUBERNETES_EXEC_INFO'],
    kubeconfig: undefined,
    oddities: [],
  };
  const asked = parsed.flags.has('kubeconfig') || parsed.flags.has('context');
  if (!asked && (env['KUBERNETES_EXEC_INFO'] || !env['KUBECONFIG'])) return asMade;
  try {
    return callOfKubeconfig(parsed, runtime);
  } catch (error) {
    if (asked || !(error instanceof DexchangeError)) throw error;
    runtime.debug(`KUBECONFIG is left alone: ${error.message}`);
    return asMade;
  }
}

function callOfKubeconfig(parsed: ParsedArguments, runtime: CommandRuntime): ExplainedCall {
  const only = new Map(
    [...parsed.flags].filter(([name]) => name === 'kubeconfig' || name === 'context'),
  );
  const where = resolveSettings({ flags: only, env: {}, clusterConfig: undefined });
  const { context, paths } = adminContext(where, runtime);
  const entry = execEntry(context);
  const name = sanitize(context.user.name, { maxChars: 80 });
  if (entry === undefined) {
    throw new DexchangeError('kubeconfig_invalid', `user ${name} has no exec entry to explain`, {
      hint: 'dexchange whoami asks the API server with any kind of credential',
    });
  }
  const program = sanitize(basename(entry.command), { maxChars: 80 });
  const own = entry.args.includes('get-token') ? parseArguments(entry.args) : undefined;
  if (own?.positionals[0] !== 'get-token') {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `user ${name} gets its credential from ${program}, not from dexchange get-token`,
      { hint: 'dexchange whoami asks the API server with any kind of credential' },
    );
  }
  const flags = new Map([...own.flags, ...parsed.flags]);
  const passed = entry.provideClusterInfo || execExtension(context.cluster.fields) === undefined;
  return {
    parsed: { ...parsed, flags },
    env: { ...runtime.env, ...entry.env },
    execInfo: execInfoOf(context, entry),
    kubeconfig: {
      shown: `${paths.join(', ')}, context ${sanitize(context.name, { maxChars: 80 })}`,
      context,
    },
    oddities: [
      ...(passed
        ? []
        : [
            "the cluster has the extension client.authentication.k8s.io/exec, but the user's exec entry has no provideClusterInfo: true, so the plugin does not get it",
          ]),
      ...[...own.flags.keys()]
        .filter((flag: SettingName) => !belongsTo(table[flag], 'get-token'))
        .map((flag) => `args has --${flag}, which get-token does not have`),
    ],
  };
}
