import { getCACertificates } from 'node:tls';
import { cleanUp } from '../../src/cache/clean-up.ts';
import { renewEntry } from '../../src/cache/renewal.ts';
import { runCommandLine, stdoutOfFailure } from '../../src/cli/command-line.ts';
import type { CommandRuntime } from '../../src/cli/command-runtime.ts';
import { errorReport } from '../../src/cli/error-report.ts';
import { runLazyCommand } from '../../src/cli/run-command.ts';
import { traceLines } from '../../src/cli/trace-lines.ts';
import { asDexchangeError, DexchangeError } from '../../src/errors.ts';
import type { HttpEvent } from '../../src/http/event.ts';
import type { IncomingResponse, OutgoingRequest, Send } from '../../src/http/message.ts';
import { identityCredentialInput } from '../../src/inputs/identity-credential.ts';
import { networkSettings } from '../../src/inputs/network.ts';
import { serviceAccountInput } from '../../src/inputs/service-account.ts';
import { agentMachine } from '../../src/platform/agent-machine.ts';
import { cacheFolderFiles } from '../../src/platform/cache-folder.ts';
import { createDeadline, type Deadline } from '../../src/platform/deadline.ts';
import { createHttp, type HttpSettings } from '../../src/platform/http/http.ts';
import { proxyChoice } from '../../src/platform/http/proxy-choice.ts';
import { checkUrl } from '../../src/platform/http/url-rules.ts';
import { privateFiles } from '../../src/platform/private-files.ts';
import { realPath } from '../../src/platform/real-path.ts';
import { createRunFolder } from '../../src/platform/run-folder.ts';
import { readTextFile } from '../../src/platform/text-file.ts';
import type { Environment, Program } from '../../src/ports.ts';
import { redactionOf } from '../../src/redaction.ts';
import { sanitize } from '../../src/sanitize.ts';
import { watchSecrets } from '../../src/secret.ts';
import { clientCredentialsGrant } from '../../src/usecases/client-credentials-grant.ts';
import { exchangeToken } from '../../src/usecases/exchange-token.ts';
import { execEntryCall } from '../../src/usecases/exec-entry-call.ts';
import { identityMethod } from '../../src/usecases/identity-method.ts';
import { requestCiAccount, requestCiToken } from '../../src/usecases/request-ci-token.ts';
import { serviceAccountMethod } from '../../src/usecases/service-account-method.ts';
import type { TraceEvent } from '../../src/usecases/trace-event.ts';
import type { Ended } from './run-to-end.ts';

/** The world of a call that runs in this process; nothing of it leaves the machine. */
export interface InProcessCall {
  readonly env?: Environment;
  /** Where the platform's folders for cache and data are; undefined: there is no home folder. */
  readonly home?: string | undefined;
  /** The working folder; undefined: it no longer exists. */
  readonly cwd?: string | undefined;
  readonly stdin?: string;
  /**
   * Answers every request. Default: requests to this machine are sent for real, and those to others
   * fail as unreachable.
   */
  readonly answer?: (request: OutgoingRequest) => IncomingResponse | Promise<IncomingResponse>;
  /** What a command prints. Default: the command is not found. */
  readonly command?: (words: readonly string[], env: Environment) => string | Promise<string>;
  /** The text of the file of `--write-to`, which is never written. */
  readonly existing?: string | undefined;
  /** What a name stands for in PATH. Default: no program is there. */
  readonly programs?: Readonly<Record<string, readonly Program[]>>;
  /** The mode of every file; default: 0600. */
  readonly modeOf?: () => number;
  /** The columns of the terminal; default: not a terminal. */
  readonly terminalColumns?: number;
}

/** How long a file that blocks, such as a FIFO, is waited for. */
const fileWaitMs = 5;

/**
 * Runs a command line with the code of the program in this process, as src/main.ts does. Files are
 * read for real; servers, commands and the terminal are those of `call`.
 */
export async function runInProcess(
  args: readonly string[],
  call: InProcessCall = {},
): Promise<Ended> {
  const err: string[] = [];
  const redaction = redactionOf([]);
  watchSecrets((secret) => redaction.add(secret));
  const redact = (text: string): string => redaction.clean(text, true);
  let verbose = args.includes('-v') || args.includes('--verbose');
  const trace = (event: TraceEvent): void => {
    if (event.kind === 'settings') verbose = event.settings.value('verbose');
    // Built even without -v, so that a value that breaks a line of -v is always found.
    for (const line of traceLines(event)) {
      if (verbose) err.push(`debug: ${sanitize(redact(line), { maxChars: 2000 })}\n`);
    }
  };
  try {
    const result = await runCommandLine(args, runtimeOf(call, { trace, redact, err }));
    if (typeof result === 'string') return { code: 0, stdout: result, stderr: err.join('') };
    return {
      code: result.exitCode,
      stdout: result.stdout,
      stderr: err.join('') + redact(result.stderr),
    };
  } catch (thrown) {
    const { exitCode } = asDexchangeError(thrown);
    return {
      code: exitCode,
      stdout: stdoutOfFailure(args, exitCode),
      stderr: err.join('') + redact(errorReport(thrown, verbose)),
    };
  }
}

function runtimeOf(
  call: InProcessCall,
  {
    trace,
    redact,
    err,
  }: {
    readonly trace: (event: TraceEvent) => void;
    readonly redact: (text: string) => string;
    readonly err: string[];
  },
): CommandRuntime {
  const { env = {}, home, cwd, command = notFound } = call;
  const version = 'test';
  const now = () => {
    const wallMs = Date.now();
    return { wallMs, steadyMs: performance.now(), bootId: 'boot' };
  };
  const deps = { now: () => Date.now(), random: () => 0, userAgent: 'dexchange/test' };
  const runCommand = async (words: readonly string[], commandEnv: Environment) =>
    command(words, commandEnv);
  const httpOf = (
    settings: HttpSettings,
    deadline: Deadline,
    onEvent: (event: HttpEvent) => void,
  ) => {
    const http = createHttp(settings, deadline, {
      ...deps,
      trace: onEvent,
      limits: { firstBackoffMs: 1, connectMs: 500 },
    });
    return { send: sendOf(call, http.send, onEvent), close: http.close };
  };
  const runtime: CommandRuntime = {
    version,
    build: { commit: null, target: null, node: process.versions.node },
    commandName: 'dexchange',
    env,
    now,
    trace,
    redact,
    parentProcess: () => 'parent',
    cwd() {
      if (cwd !== undefined) return cwd;
      throw new DexchangeError('setting_invalid', 'the working folder no longer exists', {
        hint: 'change to an existing folder',
      });
    },
    readTextFile: (path, _waitMs, invalidBytes) => readTextFile(path, fileWaitMs, invalidBytes),
    privateFiles,
    machine: () => ['machine'],
    platformFolders: async () =>
      home === undefined ? undefined : { cache: `${home}/.cache`, data: `${home}/.local/share` },
    async openNetwork({ settings, readFile, atMostMs, env: callEnv, trace: callTrace }) {
      const network = networkSettings(settings, readFile);
      const deadline = deadlineOf(network.timeoutMs, atMostMs);
      const http = httpOf({ ...network, env: callEnv }, deadline, callTrace);
      const requests = { send: http.send, now: deps.now, randomId: () => 'id' };
      return {
        send: http.send,
        async exchangeToken(exchange, subjectToken, whenExpired) {
          const token = await exchangeToken(exchange, subjectToken, whenExpired, requests);
          return { ...token, requestedAt: now() };
        },
        requestClientCredentials: (request) => clientCredentialsGrant(request, requests),
        requestCiToken: (request) => requestCiToken(request, requests),
        requestCiAccount: (request) => requestCiAccount(request, requests),
        runCommand,
        tryLock: async () => async () => {},
        sleep: async () => {},
        random: deps.random,
        remainingMs: () => deadline.remainingMs(),
        cleanUp: (folder) => cleanUp(folder, cacheFolderFiles, now(), () => false).length,
        close: http.close,
      };
    },
    maskInLog: () => {},
    renewEntry,
    execEntryCall: async (flags) => execEntryCall(flags, runtime),
    serviceAccountMethod: async (settings, caller) =>
      serviceAccountMethod(serviceAccountInput(settings, caller), {
        ...caller,
        openChannel: runtime.openChannel,
        runCommand,
      }),
    identityMethod: async (settings, caller) =>
      identityMethod(identityCredentialInput(settings, caller), caller),
    openChannel: (settings, onEvent) =>
      httpOf(settings, deadlineOf(settings.timeoutMs, settings.atMostMs), onEvent ?? trace),
    runCommand,
    runLazyCommand: (name, parsed) => runLazyCommand(name, parsed, runtime),
    cacheFiles: cacheFolderFiles,
    programs: {
      find: (name) => call.programs?.[name] ?? [],
      own: () => '/opt/dexchange',
      modeOf: call.modeOf ?? (() => 0o600),
    },
    publicRoots: () => getCACertificates('bundled'),
    proxyOf: proxyChoice,
    readStdin: async () => call.stdin ?? '',
    terminal: () => ({
      isTerminal: call.terminalColumns !== undefined,
      isFile: false,
      columns: call.terminalColumns,
    }),
    askSecret: async () => undefined,
    endTimeLimit: () => {},
    beginCall: () => {},
    atExit: () => {},
    sleep: async () => {},
    createRunFolder,
    agent: {
      ...agentMachine,
      // What would leave this process, or end it.
      untilEnd: async () => {},
      serveStatus: async () => ({ url: 'http://127.0.0.1:1', close() {} }),
      startBackground: async () => ({ kind: 'failed', stderr: '', exitCode: 1 }),
      readMessage: () => call.stdin ?? '',
      detach: () => {},
      endOther: async () => {},
      findRunFolders: () => [],
      writeTokenFile: () => {},
      removeFile: () => {},
    },
    startForeground: () => ({ ended: Promise.resolve(0) }),
    async updateFile(_path, change) {
      change(call.existing);
    },
    realPath,
    homepage: undefined,
    printNotice: (line) => {
      err.push(`${redact(line)}\n`);
    },
  };
  return runtime;
}

/** Counted from now, because this process has already run for long. */
function deadlineOf(timeoutMs: number, atMostMs = Number.POSITIVE_INFINITY): Deadline {
  return createDeadline(Math.min(timeoutMs, atMostMs, 3000), { now: () => performance.now() });
}

function notFound(): never {
  throw new Error('was not found');
}

const ownMachine = /^https?:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])[:/]/i;

function sendOf({ answer }: InProcessCall, send: Send, trace: (event: HttpEvent) => void): Send {
  if (answer !== undefined) {
    return async (request) => {
      trace({ kind: 'request', request });
      checkUrl(request.url, 'the URL', { allowHttp: true, metadata: true });
      const response = await answer(request);
      trace({ kind: 'answer', response });
      return response;
    };
  }
  return async (request) => {
    if (ownMachine.test(`${request.url}/`)) return send(request);
    checkUrl(request.url, 'the URL', { allowHttp: false, metadata: request.peer === 'ci' });
    throw new DexchangeError('server_unreachable', 'the server is not on this machine', {
      hint: 'use a server of this machine in tests',
    });
  };
}
