import type { ParsedArguments } from '../config/parse-arguments.ts';
import { runDoctor } from '../explain/doctor/doctor.ts';
import { doctorText } from '../explain/doctor/doctor-text.ts';
import { dataText } from '../kubernetes/data-text.ts';
import { ciLogOf } from '../terminal/ci-log.ts';
import { ciLogBehind, styleFor } from '../terminal/style.ts';
import type { Outcome } from './command-line.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange doctor`: checks everything that a credential needs and prints what to fix. The exit code
 * is 0 if no check failed, otherwise that of the first failed check.
 * @throws DexchangeError setting_*
 */
export async function runDoctorCommand(
  parsed: ParsedArguments,
  runtime: CommandRuntime,
): Promise<Outcome> {
  const settings = commandSettings('doctor', parsed, runtime);
  const form = outputForm(settings, ['text', 'json', 'yaml']);
  const report = await runDoctor(parsed, settings, runtime);
  const { exitCode } = report.verdict;
  if (form !== 'text') {
    return { stdout: runtime.redact(dataText(report, form)), stderr: '', exitCode };
  }
  const where = runtime.terminal(1);
  const system = settings.value('no-ci-output') ? undefined : ciLogBehind(where, runtime.env);
  const log = ciLogOf(system, runtime.now().wallMs);
  const text = doctorText(report, styleFor(where, runtime.env, system), log);
  return { stdout: runtime.redact(text), stderr: '', exitCode };
}
