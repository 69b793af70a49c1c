import type { ParsedArguments } from '../config/parse-arguments.ts';
import { resolveSettings, type Settings } from '../config/resolve.ts';
import { settings as rows } from '../config/table.ts';
import { formatExecCredential } from '../kubernetes/exec-credential.ts';
import { readExecInfo } from '../kubernetes/exec-info.ts';
import { getToken } from '../usecases/get-token.ts';
import type { CliOutside } from './command-line.ts';
import { outputForm } from './output-form.ts';

/**
 * `dexchange get-token`: an ExecCredential, or with `-o token` the bare token and a line end.
 * @throws DexchangeError
 */
export async function runGetToken(parsed: ParsedArguments, outside: CliOutside): Promise<string> {
  const info = readExecInfo(outside.env['KUBERNETES_EXEC_INFO']);
  const settings = resolveSettings({
    flags: parsed.flags,
    env: outside.env,
    clusterConfig: info.clusterConfig,
  });
  outside.setVerbose(settings.value('verbose'));
  if (info.ignored !== undefined) outside.debug(`${info.ignored}: taken as run by hand`);
  tellOfSecretsInArguments(settings, outside);
  const output = outputForm(settings, ['json', 'token']);
  const { token, expirationMs } = await getToken(settings, outside, { isClient: info.present });
  if (output === 'token') return `${token.reveal()}\n`;
  return formatExecCredential(info, token, expirationMs);
}

function tellOfSecretsInArguments(settings: Settings, outside: CliOutside): void {
  for (const [name, row] of rows) {
    const origin = settings.found(name)?.origin;
    if (row.secret !== true || origin?.level !== 'flag') continue;
    outside.debug(
      `warning: ${origin.name} is on the command line, where other users of this machine can read it`,
    );
  }
}
