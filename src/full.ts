import { randomUUID } from 'node:crypto';
import { isatty } from 'node:tty';
import { cleanUp } from './cache/clean-up.ts';
import type { CliOutside, SlowCommandName } from './cli/command-line.ts';
import type { Outcome } from './cli/outcome.ts';
import { runSlowCommand } from './cli/slow-commands.ts';
import type { ParsedArguments } from './config/parse-arguments.ts';
import type { Send } from './oauth/request.ts';
import { cacheFolderFiles } from './platform/cache-folder.ts';
import { createDeadline } from './platform/deadline.ts';
import { endDespiteLookup } from './platform/http/end-process.ts';
import { createHttp, type Http } from './platform/http/http.ts';
import { tryLockFile } from './platform/lock-file.ts';
import { runCommand } from './platform/run-command.ts';
import { readStdin } from './platform/text-file.ts';
import { ciToken } from './usecases/ci-token.ts';
import { clientCredentialsGrant } from './usecases/client-credentials-grant.ts';
import { exchangeToken } from './usecases/exchange-token.ts';
import type { Channel, ChannelSettings } from './usecases/http-channel.ts';
import type { Outside, Renewal, RenewalSettings } from './usecases/outside.ts';
import type { Observe } from './usecases/run-event.ts';

/** Nobody shall notice that a call has also tidied up. */
const cleanUpMs = 50;

/**
 * The second half of the composition root: what a cache hit does not need, loaded by main on a
 * miss. Wires servers, commands and locks to one deadline, counted from the start of the process.
 * `end` ends the process as `process.exit` would, but at once.
 * @throws DexchangeError setting_invalid if a certificate cannot be used
 */
export function createRenewal(
  settings: RenewalSettings,
  outside: Pick<Outside, 'env' | 'moment' | 'debug' | 'observe'>,
  version: string,
): Renewal & { readonly end: (exitCode: number) => never } {
  const clock = { now: () => performance.now() };
  const { timeoutMs, atMostMs = Number.POSITIVE_INFINITY } = settings;
  // performance.now() is 0 at the start of the process, so the start-up counts too.
  const deadline =
    atMostMs < timeoutMs - clock.now()
      ? createDeadline(atMostMs, clock)
      : createDeadline(timeoutMs, clock, 0);
  const now = (): number => outside.moment().wallMs;
  const { clientCertificatePem, clientKeyPem } = settings;
  let asked = outside.moment();
  const { observe } = outside;
  const http = createHttp(
    {
      allowHttp: settings.allowHttp,
      certificateAuthorityPem: settings.certificateAuthorityPem,
      insecureSkipTlsVerify: settings.insecureSkipTlsVerify,
      env: outside.env,
      ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
      ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
    },
    deadline,
    {
      now,
      random: Math.random,
      debug: outside.debug,
      observe: (event) => {
        if (event.kind === 'attempt') asked = outside.moment();
        observe?.({ kind: 'http', event });
      },
    },
  );
  const send = observedSend(http, version, observe);
  const deps = { send, now, randomId: randomUUID };
  return {
    async exchangeToken(exchange, subjectToken, whenExpired) {
      const token = await exchangeToken(exchange, subjectToken, whenExpired, deps);
      return { ...token, asked };
    },
    requestClientCredentials: (request) => clientCredentialsGrant(request, deps),
    requestCiToken: (request) => ciToken(request, deps),
    runCommand: (words, env) => runCommand(words, env, deadline),
    tryLock: tryLockFile,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: Math.random,
    remainingMs: () => deadline.remainingMs(),
    cleanUp(folder) {
      const until = performance.now() + cleanUpMs;
      const mayGoOn = (): boolean => performance.now() < until;
      return cleanUp(folder, cacheFolderFiles, outside.moment(), mayGoOn).length;
    },
    close: () => http.close(),
    end: (exitCode) => {
      // Node would wait for a name server that does not answer, long after the deadline.
      if (http.isLookingUp()) endDespiteLookup(exitCode);
      process.exit(exitCode);
    },
  };
}

/** A way to servers beyond those of the exchange, for commands that explain. */
function openChannel(
  settings: ChannelSettings,
  observe: Observe | undefined,
  { version, debug, moment }: CliOutside,
): Channel {
  const deadline = createDeadline(settings.timeoutMs, { now: () => performance.now() });
  const { clientCertificatePem, clientKeyPem, ...others } = settings;
  const http = createHttp(
    {
      ...others,
      ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
      ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
    },
    deadline,
    {
      now: () => moment().wallMs,
      random: Math.random,
      debug,
      ...(observe && { observe: (event) => observe({ kind: 'http', event }) }),
    },
  );
  return { send: observedSend(http, version, observe), close: () => http.close() };
}

/** Sends as this program, and tells an observer what is sent and what comes back. */
function observedSend(http: Http, version: string, observe: Observe | undefined): Send {
  return async (request) => {
    observe?.({ kind: 'request', request });
    const response = await http.send({
      ...request,
      headers: [...request.headers, ['user-agent', `dexchange/${version}`]],
    });
    observe?.({ kind: 'response', response });
    return response;
  };
}

/** Runs a command that is not on the way of a client; see `cli/slow-commands.ts`. */
export function slowCommand(
  command: SlowCommandName,
  parsed: ParsedArguments,
  outside: CliOutside,
): Promise<string | Outcome> {
  return runSlowCommand(command, parsed, {
    ...outside,
    cacheFiles: cacheFolderFiles,
    readStdin,
    isTerminal: (stream) => isatty(stream),
    runCommand: (words, env, timeoutMs) =>
      runCommand(words, env, createDeadline(timeoutMs, { now: () => performance.now() })),
    openChannel: (settings, observe) => openChannel(settings, observe, outside),
  });
}
