import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import { settings as rows } from '../config/table.ts';
import { unknownVariables } from '../config/unknown-variables.ts';
import { DexchangeError } from '../errors.ts';
import { formatExecCredential } from '../kubernetes/exec-credential.ts';
import { type ExecInfo, readExecInfo } from '../kubernetes/exec-info.ts';
import { getToken } from '../usecases/get-token.ts';
import type { CliRuntime } from './command-line.ts';
import { outputForm } from './output-form.ts';

/**
 * `dexchange get-token`: an ExecCredential, or with `-o token` the bare token and a line end.
 * @throws DexchangeError
 */
export async function runGetToken(parsed: ParsedArguments, runtime: CliRuntime): Promise<string> {
  const info = readExecInfo(runtime.env['KUBERNETES_EXEC_INFO']);
  const settings = resolveSettings({
    command: 'get-token',
    flags: parsed.flags,
    env: runtime.env,
    clusterConfig: info.clusterConfig,
  });
  runtime.setVerbose(settings.value('verbose'));
  if (info.ignored !== undefined) runtime.debug(`${info.ignored}: taken as run by hand`);
  tellOfSecretsInArguments(settings, runtime);
  const output = outputForm(settings, ['json', 'token']);
  const asker = { isClient: info.present };
  const { token, expirationMs } = await getToken(settings, runtime, asker).catch((error) => {
    throw withLikelySlips(error, info, runtime.env);
  });
  if (output === 'token') return `${token.reveal()}\n`;
  return formatExecCredential(info, token, expirationMs);
}

/** What is missing may have been set, but not where or as it was meant. */
function withLikelySlips(thrown: unknown, info: ExecInfo, env: CliRuntime['env']): unknown {
  if (!(thrown instanceof DexchangeError) || thrown.code !== 'setting_missing') return thrown;
  const slips = unknownVariables(env).map((name) => `${name} is set, but names no setting`);
  if (info.present && info.clusterConfig === undefined) {
    slips.push("settings in the cluster's extension arrive only with provideClusterInfo: true");
  }
  if (slips.length === 0) return thrown;
  return new DexchangeError(thrown.code, thrown.message, {
    hint: [thrown.hint, ...slips].join('; '),
    cause: thrown,
  });
}

function tellOfSecretsInArguments(settings: Settings, runtime: CliRuntime): void {
  for (const [name, row] of rows) {
    const origin = settings.found(name)?.origin;
    if (row.secret !== true || origin?.level !== 'flag') continue;
    runtime.debug(
      `warning: ${origin.name} is on the command line, where other users of this machine can read it`,
    );
  }
}
