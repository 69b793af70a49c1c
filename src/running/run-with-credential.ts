import { DexchangeError } from '../errors.ts';
import type { IdentitySource } from '../identity/source.ts';
import { isVariable } from '../identity/variable-systems.ts';
import { decodeJwt, numericDate } from '../jwt.ts';
import { type RunTarget, runKubeconfig } from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import { nestedCallsVariable } from '../nested-call.ts';
import type { Environment, ForegroundCommand, RunFolder } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { Credential } from '../usecases/get-token.ts';
import { type CredentialRuntime, obtainCredential } from '../usecases/obtain-credential.ts';
import type { PreparedCall } from '../usecases/prepare-call.ts';
import type { Trace } from '../usecases/trace-event.ts';
import { keepFresh, type SourceEnd } from './keep-fresh.ts';

/** What running a command needs from the runtime. */
export interface RunPorts extends CredentialRuntime {
  /** @throws DexchangeError file_not_written */
  createRunFolder(env: Environment): RunFolder;
  /** Starts a command with the terminal and the signals of this process. */
  startForeground(command: readonly string[], env: Environment): ForegroundCommand;
  /** Ends the time limit of the first call, and begins that of the next. */
  beginCall(): void;
  /** Calls a function when this process ends, whatever ends it but SIGKILL. */
  atExit(clean: () => void): void;
  /** Waits, or less if the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  maskInLog(secret: Secret): void;
  printNotice(line: string): void;
}

/** How a command ended, or the system's error if it did not start. */
export interface RunEnd {
  readonly exitCode: number;
  readonly problem?: unknown;
}

/**
 * Obtains a credential, writes it and a kubeconfig for it into a private folder, and runs a command
 * with them. Renews the credential until the command ends, and then removes the folder.
 * @throws DexchangeError if there is no credential to begin with; the command has not started then
 */
export async function runWithCredential(
  command: readonly string[],
  target: RunTarget,
  call: PreparedCall,
  ports: RunPorts,
): Promise<RunEnd> {
  const { settings } = call;
  const renewal = renewalOf(call, ports);
  const first = await renewal.obtainFirst();
  const folder = ports.createRunFolder(ports.env);
  ports.atExit(() => folder.remove());
  const publish = ({ token }: Credential): string => folder.write('token', token.reveal());
  const tokenFile = publish(first);
  const kubeconfig = folder.write('kubeconfig', runKubeconfig(target, tokenFile));
  const variable = settings.value('write-env');
  if (variable !== undefined && ports.env['GITHUB_ACTIONS'] === 'true') {
    if (!settings.value('no-ci-output')) ports.maskInLog(first.token);
  }
  const { [nestedCallsVariable]: _calls, KUBERNETES_EXEC_INFO: _info, ...inherited } = ports.env;
  const { ended } = ports.startForeground(command, {
    ...inherited,
    KUBECONFIG: kubeconfig,
    KUBE_CONFIG_PATH: kubeconfig,
    DEXCHANGE_TOKEN_FILE: tokenFile,
    ...(variable === undefined ? {} : { [variable]: first.token.reveal() }),
  });
  ports.beginCall();
  const stop = new AbortController();
  const refreshBeforeMs = settings.value('refresh-before');
  // Ends by itself: a renewal that is under way when the command ends is not waited for.
  keepFresh(first, refreshBeforeMs, { ...renewal, publish }, stop.signal);
  try {
    return { exitCode: await ended };
  } catch (problem) {
    return { exitCode: 0, problem };
  } finally {
    stop.abort();
    folder.remove();
  }
}

/** The renewals of a call, each with a time limit of its own. */
function renewalOf(call: PreparedCall, ports: RunPorts) {
  const isIdentity = call.settings.value('method') === 'identity';
  let reason: string | undefined;
  let source: IdentitySource | undefined;
  let sourceEnd: SourceEnd | undefined;
  const trace: Trace = (event) => {
    if (event.kind === 'identity') ({ source } = event);
    if (event.kind === 'identity-credential') {
      reason = `the identity token from ${source?.origin} is still the same`;
    }
    if (event.kind === 'cache-old-entry-used' && event.why.kind === 'renewal-failed') {
      reason = event.why.message;
    }
    ports.trace(event);
  };
  return {
    now: () => ports.now().wallMs,
    sleep: ports.sleep,
    random: Math.random,
    reason: () => reason,
    sourceEnd: () => sourceEnd,
    async obtainFirst() {
      const credential = await obtainCredential(call, {}, { ...ports, trace });
      sourceEnd = await endOf(source, isIdentity);
      return credential;
    },
    notice: ports.printNotice,
    async obtain(refreshBeforeMs: number) {
      reason = undefined;
      ports.beginCall();
      const done = new AbortController();
      try {
        return await Promise.race([
          obtainCredential(call, { refreshBeforeMs }, { ...ports, trace }),
          tooLate(call.settings.value('timeout') + graceMs, ports, done.signal),
        ]);
      } finally {
        done.abort();
      }
    },
  };
}

/** The end of the token of a source that always has the same. */
async function endOf(
  source: IdentitySource | undefined,
  isCredential: boolean,
): Promise<SourceEnd | undefined> {
  if (source === undefined || !isVariable(source)) return undefined;
  const claims = decodeJwt((await source.obtain()).reveal())?.claims;
  const seconds = claims === undefined ? undefined : numericDate(claims, 'exp');
  if (seconds === undefined) return undefined;
  const name = `the identity token from ${source.origin}`;
  return { atMs: seconds * 1000, isCredential, name, hint: source.whenExpired };
}

/** How long a renewal may take to end by itself after its time limit, in milliseconds. */
const graceMs = 500;

/** Gives up what waits for something that does not know the time limit, such as a name lookup. */
async function tooLate(
  afterMs: number,
  { sleep }: Pick<RunPorts, 'sleep'>,
  signal: AbortSignal,
): Promise<never> {
  await sleep(afterMs, signal);
  throw new DexchangeError('server_timeout', 'the time limit of a renewal has passed', {
    hint: 'raise --timeout',
  });
}
