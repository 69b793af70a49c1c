import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import { formatExecCredential } from '../kubernetes/exec-credential.ts';
import { obtainCredential } from '../usecases/obtain-credential.ts';
import { prepareCall } from '../usecases/prepare-call.ts';
import type { CliRuntime } from './command-line.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange get-token`: prints an ExecCredential, or with `-o token` the token and a line break. By
 * hand in a job of GitHub Actions, the runner is told to mask that token in the log.
 * @throws DexchangeError
 */
export async function runGetToken(parsed: ParsedArguments, runtime: CliRuntime): Promise<string> {
  const call = await prepareCall(parsed, false, runtime);
  const output = getTokenForm(call.settings);
  const { token, expirationMs } = await obtainCredential(call, false, runtime);
  if (output === 'token') {
    const isMasked = runtime.env['GITHUB_ACTIONS'] === 'true' && !call.isClient;
    if (isMasked && !call.settings.value('no-ci-output')) runtime.maskInLog(token);
    return `${token.reveal()}\n`;
  }
  return formatExecCredential(call.execInfo, token, expirationMs);
}

/**
 * The form in which get-token prints the credential.
 * @throws DexchangeError setting_invalid
 */
export function getTokenForm(settings: Settings): 'json' | 'token' {
  return outputForm(settings, ['json', 'token']);
}
