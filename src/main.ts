import './platform/quiet-runtime.ts';

import { type CliRuntime, runCommandLine, stdoutOfFailure } from './cli/command-line.ts';
import { withCommandName } from './cli/commands.ts';
import { errorReport } from './cli/error-report.ts';
import { traceLines } from './cli/trace-lines.ts';
import { asDexchangeError, DexchangeError, outputFailed } from './errors.ts';
import {
  caller,
  commandName,
  environment,
  isAlive,
  machine,
  now,
  parentProcess,
  remainingMs,
} from './platform/machine.ts';
import { platformFolders } from './platform/platform-folders.ts';
import { privateFiles } from './platform/private-files.ts';
import { isPipeOfItsOwn, writeWhole } from './platform/terminal.ts';
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
const identity = () => import('./compose/identity.ts');
const kubernetes = () => load(import('./compose/kubernetes.ts'));

const args = process.argv.slice(2);
// Until the settings are resolved, because -v also applies to errors in the settings.
let verbose = args.some(
  (arg) =>
    (arg.startsWith('-v') || arg.startsWith('--v')) &&
    /^(?:-v(?:=?[1-9]\d?)?|--v(?:=[1-9]\d?)?|--verbose)$/.test(arg),
);

const runtime: CliRuntime = {
  version,
  commandName: commandName(),
  env: environment(),
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
  readTextFile: (path, timeoutMs, invalidBytes) =>
    readTextFile(path, remainingMs(timeoutMs), invalidBytes),
  privateFiles,
  machine,
  platformFolders,
  trace(event) {
    if (event.kind === 'settings') {
      verbose = event.settings.value('verbose');
      // Commands that ask no server have no such setting.
      if (event.settings.found('timeout') !== undefined) {
        endInTime(event.settings.value('timeout'));
      }
    }
    if (verbose) for (const line of traceLines(event)) debug(line);
  },
  redact,
  maskInLog(secret) {
    if (isPipeOfItsOwn()) writeWhole(2, `::add-mask::${secret.reveal()}\n`);
  },
  openNetwork: async (opening) => (await network()).openNetwork(opening, runtime, version),
  renewEntry: async (...renewal) => (await network()).renewEntry(...renewal),
  execEntryCall: async (flags) => (await kubernetes()).execEntryCall(flags, runtime),
  serviceAccountMethod: async (settings, caller) =>
    (await kubernetes()).serviceAccountMethod(settings, caller, version),
  identityMethod: async (settings, caller) => (await identity()).identityMethod(settings, caller),
  endTimeLimit() {
    isLimited = false;
  },
  runLazyCommand: async (command, parsed) =>
    (await commands()).runLazyCommand(command, parsed, runtime),
};

function debug(line: string): void {
  if (verbose) writeWhole(2, `debug: ${sanitize(redact(line), { maxChars: 2000 })}\n`);
}

function fail(thrown: unknown): never {
  const { exitCode } = asDexchangeError(thrown);
  writeWhole(2, redact(withCommandName(errorReport(thrown, verbose), runtime.commandName)));
  writeWhole(1, stdoutOfFailure(args, exitCode));
  end(exitCode);
}

/** False in a command that goes on after its first call. */
let isLimited = true;

/** How long a call may take to end by itself after its deadline, in milliseconds. */
const graceMs = 500;

/** Ends a call that waits for something that does not know the deadline. */
function endInTime(timeoutMs: number): void {
  const leftMs = remainingMs(timeoutMs) + graceMs;
  // Node fires a timer with a longer delay immediately.
  if (leftMs > 2 ** 31 - 1) return;
  setTimeout(
    () => {
      if (!isLimited) return;
      // Time at a prompt has extended the deadline.
      if (remainingMs(timeoutMs) + graceMs > 0) return endInTime(timeoutMs);
      fail(
        new DexchangeError('server_timeout', `the timeout of ${timeoutMs / 1000} s expired`, {
          hint: 'run it with -v to see what it waits for, or raise --timeout',
        }),
      );
    },
    Math.max(1, leftMs),
  ).unref();
}

/** A call ends with the dexchange that runs it, even if that is killed. */
function endWithCaller(pid: number): void {
  setInterval(() => {
    if (!isAlive(pid)) process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
}

async function main(): Promise<never> {
  const result = await runCommandLine(args, runtime);
  const { stdout, stderr, exitCode } =
    typeof result === 'string' ? { stdout: result, stderr: '', exitCode: 0 } : result;
  if (stderr !== '') writeWhole(2, redact(stderr));
  const problem = writeWhole(1, stdout);
  if (problem !== undefined) throw outputFailed(problem);
  end(exitCode);
}

// Some clients read stderr as part of the result, so Node must not print warnings.
process.removeAllListeners('warning');
process.on('warning', (warning) => debug(`warning: ${warning.message}`));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
if (caller !== undefined) endWithCaller(caller.pid);
main().catch(fail);
