import type { ParsedArguments } from '../config/parse-arguments.ts';
import { DexchangeError } from '../errors.ts';
import { formatExecCredential } from '../kubernetes/exec-credential.ts';
import { obtainCredential } from '../usecases/obtain-credential.ts';
import { type PreparedCall, prepareCall } from '../usecases/prepare-call.ts';
import type { CliRuntime } from './command-line.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange get-token`: prints an ExecCredential, or with `-o token` the token and a line break. By
 * hand in a job of GitHub Actions, the runner is told to mask that token in the log.
 * @throws DexchangeError
 */
export async function runGetToken(parsed: ParsedArguments, runtime: CliRuntime): Promise<string> {
  const call = await prepareCall(parsed, 'print', runtime);
  const output = getTokenForm(call);
  const { token, expirationMs } = await obtainCredential(call, {}, runtime);
  if (output === 'token') {
    const isMasked = runtime.env['GITHUB_ACTIONS'] === 'true' && !call.isClient;
    if (isMasked && !call.settings.value('no-ci-output')) runtime.maskInLog(token);
    return `${token.reveal()}\n`;
  }
  return formatExecCredential(call.execInfo, token, expirationMs, output);
}

/**
 * The form in which get-token prints the credential. YAML is only for people: kubectl reads it too,
 * but the clients in other languages do not.
 * @throws DexchangeError setting_invalid
 */
export function getTokenForm({
  settings,
  isClient,
}: Pick<PreparedCall, 'settings' | 'isClient'>): 'json' | 'yaml' | 'token' {
  const form = outputForm(settings, ['json', 'yaml', 'token']);
  if (form !== 'yaml' || !isClient) return form;
  throw new DexchangeError('setting_invalid', '--output is yaml, but clients read only json', {
    hint: "remove -o yaml from args of the user's exec entry",
  });
}
