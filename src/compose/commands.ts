import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates } from 'node:tls';
import type { CliRuntime, LazyCommandName, Outcome } from '../cli/command-line.ts';
import { runLazyCommand as run } from '../cli/run-command.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import { agentMachine } from '../platform/agent-machine.ts';
import { askSecret } from '../platform/ask-secret.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { startForeground } from '../platform/foreground-command.ts';
import { endProcess as end } from '../platform/http/end-process.ts';
import { proxyChoice } from '../platform/http/proxy-choice.ts';
import { beginCall, remainingMs, uncounted } from '../platform/machine.ts';
import { programs } from '../platform/programs.ts';
import { realPath } from '../platform/real-path.ts';
import { createRunFolder } from '../platform/run-folder.ts';
import { readStdin } from '../platform/stdin.ts';
import { writeWhole } from '../platform/terminal.ts';
import { terminalOf } from '../platform/terminal-size.ts';
import { updateFile } from '../platform/update-file.ts';
import { redactionOf as createRedaction } from '../redaction.ts';
import { connectPorts } from './kubernetes.ts';

declare const DEXCHANGE_HOMEPAGE: string | undefined;
const homepage = typeof DEXCHANGE_HOMEPAGE === 'string' ? DEXCHANGE_HOMEPAGE : undefined;

declare const DEXCHANGE_BUILD: { readonly commit: string | null; readonly target: string };
// The sources have neither commit nor target.
const build =
  typeof DEXCHANGE_BUILD === 'object' ? DEXCHANGE_BUILD : { commit: null, target: null };

/** Ends the process even during a name lookup. */
export const endProcess = end;

/** Makes the redaction of the run. */
export const redactionOf = createRedaction;

/**
 * Runs an interactive command: wires what only these commands need. Loaded by main on first use.
 * @returns stdout, or an Outcome with stderr and an exit code
 * @throws DexchangeError
 */
export function runLazyCommand(
  command: LazyCommandName,
  parsed: ParsedArguments,
  runtime: CliRuntime,
): Promise<string | Outcome> {
  return run(command, parsed, {
    ...runtime,
    ...connectPorts(runtime, runtime.version),
    cacheFiles: cacheFolderFiles,
    programs,
    publicRoots: () => getCACertificates('bundled'),
    proxyOf: proxyChoice,
    readStdin: (timeoutMs) => readStdin(remainingMs(timeoutMs)),
    terminal: terminalOf,
    askSecret: (prompt) => uncounted(() => askSecret(prompt)),
    updateFile,
    createRunFolder,
    agent: agentMachine,
    startForeground,
    beginCall() {
      runtime.endTimeLimit();
      beginCall();
    },
    atExit: (clean) => process.once('exit', clean),
    // Keeps the process running.
    sleep: (milliseconds, signal) =>
      pause(milliseconds, undefined, { signal }).catch(() => undefined),
    build: { ...build, node: process.versions.node },
    realPath,
    homepage,
    printNotice: (line) => {
      writeWhole(2, `${runtime.redact(line)}\n`);
    },
  });
}
