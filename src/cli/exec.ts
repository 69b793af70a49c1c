import type { ParsedArguments } from '../config/parse-arguments.ts';
import { DexchangeError } from '../errors.ts';
import { runTarget } from '../inputs/run-target.ts';
import { commandProblem } from '../running/command-problem.ts';
import { runWithCredential } from '../running/run-with-credential.ts';
import { prepareCall } from '../usecases/prepare-call.ts';
import type { Outcome } from './command-line.ts';
import type { CommandRuntime } from './command-runtime.ts';

/**
 * `dexchange exec [flags] -- COMMAND [ARG…]`: runs a command with a kubeconfig in a private folder, keeps
 * its token fresh, and removes the folder afterwards.
 * @returns the exit code of the command: 128 + n after signal n; as in a shell, 127 if it was not found
 *   and 126 if it cannot be run
 * @throws DexchangeError
 */
export async function runExec(parsed: ParsedArguments, runtime: CommandRuntime): Promise<Outcome> {
  const command = commandOf(parsed);
  const call = await prepareCall(parsed, 'exec', runtime);
  checkWrittenVariable(call.settings.value('write-env'));
  const target = runTarget(call.settings, call.context, runtime);
  const { exitCode, problem } = await runWithCredential(command, target, call, runtime);
  if (problem === undefined) return { stdout: '', stderr: '', exitCode };
  const { text, code } = commandProblem(command[0] ?? '', problem, runtime);
  return { stdout: '', stderr: `dexchange: ${text}\n`, exitCode: code };
}

/** Variables that must not contain a token: those that exec sets, and those that programs depend on. */
const otherVariables =
  /^(?:KUBECONFIG|KUBE_CONFIG_PATH|DEXCHANGE_TOKEN_FILE|PATH|HOME|TMPDIR|SHELL|BASH_ENV|ENV|IFS|NODE_OPTIONS|(?:LD|DYLD)_.*)$/;

function checkWrittenVariable(name: string | undefined): void {
  if (name === undefined || !otherVariables.test(name)) return;
  throw new DexchangeError(
    'setting_invalid',
    `--write-env cannot be ${name}, which has another purpose`,
    { hint: 'name the variable from which the command reads a token, such as K8S_TOKEN' },
  );
}

/** The words after `--`, which separates the command and its flags from those of exec. */
function commandOf({ positionals, afterDashes }: ParsedArguments): readonly string[] {
  const isSeparated = positionals.length === afterDashes.length + 1;
  if (isSeparated && afterDashes.length > 0 && afterDashes[0] !== '') return afterDashes;
  throw new DexchangeError(
    'usage_argument',
    isSeparated ? 'exec needs a command' : 'exec needs -- before the command',
    { hint: 'write `dexchange exec -- kubectl get ns`, with the flags of exec before --' },
  );
}
