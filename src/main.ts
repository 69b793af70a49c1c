import './platform/quiet-runtime.ts';

import { type CliRuntime, runCommandLine } from './cli/command-line.ts';
import { errorReport } from './cli/error-report.ts';
import { asDexchangeError, DexchangeError } from './errors.ts';
import { machine, now, parentProcess } from './platform/machine.ts';
import { platformFolders } from './platform/platform-folders.ts';
import { privateFiles } from './platform/private-files.ts';
import { writeWhole } from './platform/terminal.ts';
import { readTextFile } from './platform/text-file.ts';
import { sanitize } from './sanitize.ts';

declare const DEXCHANGE_VERSION: string | undefined;
const version = typeof DEXCHANGE_VERSION === 'string' ? DEXCHANGE_VERSION : 'dev';

/** What a cache hit does not need is loaded when it is asked for, and not before. */
const full = () => import('./compose/network.ts');

/** Commands that people run, and no client; a miss does not need them either. */
const slow = () => import('./compose/commands.ts');

/** Kubeconfigs and the Kubernetes API, for method service-account. */
const cluster = () => import('./compose/kubernetes.ts');

const args = process.argv.slice(2);
// Until the settings are read: an error in them is to be explained under -v too.
let verbose = args.includes('-v') || args.includes('--verbose');

let end: (exitCode: number) => never = (exitCode) => process.exit(exitCode);

const runtime: CliRuntime = {
  version,
  env: process.env,
  now,
  parentProcess,
  cwd() {
    try {
      return process.cwd();
    } catch {
      throw new DexchangeError('setting_invalid', 'the working folder does not exist any more', {
        hint: 'change to a folder that does',
      });
    }
  },
  // The timeout counts from the start of the process, for the sum of all files.
  readTextFile: (path, timeoutMs) => readTextFile(path, timeoutMs - performance.now()),
  privateFiles,
  machine,
  platformFolders,
  setVerbose(value) {
    verbose = value;
  },
  debug(line) {
    if (verbose) writeWhole(2, `debug: ${sanitize(line, { maxChars: 2000 })}\n`);
  },
  async openNetwork(settings, surroundings) {
    const network = (await full()).createNetwork(settings, surroundings, version);
    end = network.end;
    return network;
  },
  serviceAccountMethod: async (settings) =>
    (await cluster()).serviceAccountMethod(settings, runtime),
  runLazyCommand: async (command, parsed) => (await slow()).slowCommand(command, parsed, runtime),
};

function fail(thrown: unknown): never {
  writeWhole(2, errorReport(thrown, verbose));
  end(asDexchangeError(thrown).exitCode);
}

async function main(): Promise<never> {
  const result = await runCommandLine(args, runtime);
  const { stdout, stderr, exitCode } =
    typeof result === 'string' ? { stdout: result, stderr: '', exitCode: 0 } : result;
  if (stderr !== '') writeWhole(2, stderr);
  const trouble = writeWhole(1, stdout);
  if (trouble !== undefined) {
    throw new DexchangeError('output_failed', `stdout cannot be written: ${trouble}`);
  }
  end(exitCode);
}

// A warning of the runtime on stderr would be read as part of the answer by some clients.
process.removeAllListeners('warning');
process.on('warning', (warning) => runtime.debug(`warning: ${warning.message}`));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
