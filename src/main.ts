import './platform/quiet-runtime.ts';

import { type CliRuntime, runCommandLine } from './cli/command-line.ts';
import { errorReport } from './cli/error-report.ts';
import { traceLines } from './cli/trace-lines.ts';
import { asDexchangeError, DexchangeError } from './errors.ts';
import { machine, now, parentProcess } from './platform/machine.ts';
import { platformFolders } from './platform/platform-folders.ts';
import { privateFiles } from './platform/private-files.ts';
import { writeWhole } from './platform/terminal.ts';
import { readTextFile } from './platform/text-file.ts';
import type { Redaction, redactionOf } from './redaction.ts';
import { sanitize } from './sanitize.ts';
import { type Secret, watchSecrets } from './secret.ts';

declare const DEXCHANGE_VERSION: string | undefined;
const version = typeof DEXCHANGE_VERSION === 'string' ? DEXCHANGE_VERSION : 'dev';

let end: (exitCode: number) => never = (exitCode) => process.exit(exitCode);

const secrets: Secret[] = [];
let redaction: Redaction | undefined;
watchSecrets((secret) => {
  secrets.push(secret);
  redaction?.add(secret);
});

/**
 * Removes the secrets of the run from a text: the last check of what goes to the terminal. Before a
 * part is loaded, no server or library has encoded a secret, so the secrets as they are suffice.
 */
function redact(text: string): string {
  if (redaction !== undefined) return redaction.clean(text, true);
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length >= 8);
  return values.reduce((clean, value) => clean.replaceAll(value, '[redacted]'), text);
}

interface Part {
  readonly endProcess: typeof end;
  readonly redactionOf: typeof redactionOf;
}

/** Loads a module that can use the network; takes over its way to end the process, and its redaction. */
async function load<T extends Part>(part: Promise<T>): Promise<T> {
  const module = await part;
  end = module.endProcess;
  redaction ??= module.redactionOf(secrets);
  return module;
}

// A cache hit loads none of these modules.
const network = () => load(import('./compose/network.ts'));
const commands = () => load(import('./compose/commands.ts'));
const kubernetes = () => load(import('./compose/kubernetes.ts'));

const args = process.argv.slice(2);
// Until the settings are resolved, because -v also applies to errors in the settings.
let verbose = args.includes('-v') || args.includes('--verbose');

const runtime: CliRuntime = {
  version,
  env: process.env,
  now,
  parentProcess,
  cwd() {
    try {
      return process.cwd();
    } catch {
      throw new DexchangeError('setting_invalid', 'the working folder no longer exists', {
        hint: 'change to an existing folder',
      });
    }
  },
  // The timeout covers the whole process, not each file.
  readTextFile: (path, timeoutMs) => readTextFile(path, timeoutMs - performance.now()),
  privateFiles,
  machine,
  platformFolders,
  trace(event) {
    if (event.kind === 'settings') verbose = event.settings.value('verbose');
    if (verbose) for (const line of traceLines(event)) debug(line);
  },
  redact,
  openNetwork: async (opening) => (await network()).openNetwork(opening, runtime, version),
  renewEntry: async (...renewal) => (await network()).renewEntry(...renewal),
  execEntryCall: async (flags) => (await kubernetes()).execEntryCall(flags, runtime),
  serviceAccountMethod: async (settings, caller) =>
    (await kubernetes()).serviceAccountMethod(settings, caller, version),
  runLazyCommand: async (command, parsed) =>
    (await commands()).runLazyCommand(command, parsed, runtime),
};

function debug(line: string): void {
  if (verbose) writeWhole(2, `debug: ${sanitize(redact(line), { maxChars: 2000 })}\n`);
}

function fail(thrown: unknown): never {
  writeWhole(2, redact(errorReport(thrown, verbose)));
  end(asDexchangeError(thrown).exitCode);
}

async function main(): Promise<never> {
  const result = await runCommandLine(args, runtime);
  const { stdout, stderr, exitCode } =
    typeof result === 'string' ? { stdout: result, stderr: '', exitCode: 0 } : result;
  if (stderr !== '') writeWhole(2, redact(stderr));
  const problem = writeWhole(1, stdout);
  if (problem !== undefined) {
    throw new DexchangeError('output_failed', `stdout cannot be written: ${problem}`, {
      hint: 'check the pipe or file that stdout goes to, and the space on its disk',
    });
  }
  end(exitCode);
}

// Some clients read stderr as part of the result, so Node must not print warnings.
process.removeAllListeners('warning');
process.on('warning', (warning) => debug(`warning: ${warning.message}`));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
