import { basename } from 'node:path';
import { type ParsedArguments, parseArguments } from '../config/parse-arguments.ts';
import { resolveSettings } from '../config/resolve.ts';
import { belongsTo, ownVariable } from '../config/setting.ts';
import { table } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import { type KubeconfigPorts, selectedContext } from '../inputs/kubeconfig.ts';
import { kubeconfigFileReader, readPem } from '../kubernetes/client/connection.ts';
import { isDexchangeEntry } from '../kubernetes/client/dexchange-entry.ts';
import { execInfoOf } from '../kubernetes/client/exec-info.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import { contextFlags } from '../kubernetes/kubeconfig/context-flags.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import type { ExecEntryCall } from './prepare-call.ts';

/**
 * Reads the call that client-go would make for the exec entry of a context: its args, its env and the
 * extension of its cluster.
 * @param flags contain `--kubeconfig` and `--context`, which select the context
 * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
 */
export function execEntryCall(
  flags: ParsedArguments['flags'],
  ports: KubeconfigPorts,
): ExecEntryCall {
  const selectionFlags = new Map(
    [...flags].filter(([name]) => ['kubeconfig', 'context', 'timeout'].includes(name)),
  );
  const timeout = ownVariable('timeout');
  const { HOME, USERPROFILE } = ports.env;
  const selection = resolveSettings({
    flags: selectionFlags,
    env: { HOME, USERPROFILE, [timeout]: ports.env[timeout] },
    clusterConfig: undefined,
  });
  const { context, paths } = selectedContext(selection, ports);
  const readFile = kubeconfigFileReader(ports.readTextFile, selection.value('timeout'));
  const { cluster, user } = context;
  const entry = user.exec;
  const name = quoteId(user.name, 80);
  if (user.tokenFile !== undefined && user.tokenFile === ports.env['DEXCHANGE_TOKEN_FILE']) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      'this command runs within dexchange, which keeps the token of its kubeconfig fresh',
      { hint: 'run the command without dexchange, or set --kubeconfig to the original kubeconfig' },
    );
  }
  if (entry === undefined) throw notDexchange(`user ${name} has no exec entry`, context);
  const own = isDexchangeEntry(entry) ? parseArguments(entry.args) : undefined;
  if (own?.positionals[0] !== 'get-token') {
    const program = sanitize(basename(entry.command), { maxChars: 80 });
    throw notDexchange(
      `user ${name} gets its credential from ${program}, not from dexchange get-token`,
      context,
    );
  }
  checkArguments(own, name);
  return {
    flags: own.flags,
    env: entry.env,
    execInfo: execInfoOf(
      cluster,
      entry,
      entry.provideClusterInfo
        ? readPem('certificate-authority', cluster.certificateAuthority, readFile)
        : undefined,
    ),
    context,
    source: {
      description: `${paths.join(', ')}, context ${quoteId(context.name, 80)}`,
      warnings: [
        ...(entry.provideClusterInfo || cluster.execExtension === undefined
          ? []
          : [
              "the cluster has the extension client.authentication.k8s.io/exec, but the user's exec entry has no provideClusterInfo: true, so the plugin does not get it",
            ]),
      ],
    },
  };
}

/** Rejects args with which get-token prints no credential to kubectl, but an error or another text. */
function checkArguments(
  { positionals, flags, help, version }: ParsedArguments,
  user: string,
): void {
  const reject = (what: string): never => {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `with the args of user ${user}, kubectl gets no credential: ${what}`,
      { hint: 'correct args in the exec entry of the user' },
    );
  };
  if (positionals.length > 1) {
    // The words are not repeated: one may be a secret whose flag is missing.
    reject(`get-token takes no arguments, but got ${positionals.length - 1}`);
  }
  if (help || version) reject(help ? '--help prints the help' : '--version prints the version');
  if (flags.has('explain')) reject('--explain prints a report');
  const output = flags.get('output')?.at(-1)?.text;
  if (output !== undefined && output !== 'json') reject('--output is not json');
  const foreign = [...flags.keys()].find((flag) => !belongsTo(table[flag], 'get-token'));
  if (foreign !== undefined) reject(`get-token has no flag --${foreign}`);
}

function notDexchange(message: string, context: KubeconfigContext): DexchangeError {
  return new DexchangeError('kubeconfig_invalid', message, {
    hint: `run \`dexchange whoami ${contextFlags(context)}\`, which supports any kind of credential, or select a context whose user runs dexchange`,
  });
}
