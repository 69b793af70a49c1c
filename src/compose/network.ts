import { randomUUID } from 'node:crypto';
import { cleanUp } from '../cache/clean-up.ts';
import { renewEntry as renew } from '../cache/renewal.ts';
import { networkSettings } from '../inputs/network.ts';
import { childEnvironment } from '../nested-call.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { callDeadline } from '../platform/deadline.ts';
import { endProcess as end } from '../platform/http/end-process.ts';
import { createHttp } from '../platform/http/http.ts';
import { tryLockFile } from '../platform/lock-file.ts';
import { uptimeMs } from '../platform/machine.ts';
import { runCommand } from '../platform/run-command.ts';
import { redactionOf as createRedaction } from '../redaction.ts';
import { clientCredentialsGrant } from '../usecases/client-credentials-grant.ts';
import { exchangeToken } from '../usecases/exchange-token.ts';
import type { CredentialRuntime, NetworkOpening } from '../usecases/obtain-credential.ts';
import { requestCiAccount, requestCiToken } from '../usecases/request-ci-token.ts';
import type { TokenNetwork } from '../usecases/token-network.ts';

/** Ends the process even during a name lookup. */
export const endProcess = end;

/** Makes the redaction of the run. */
export const redactionOf = createRedaction;

/** The maximum duration of clean-up, so that it does not delay a call noticeably. */
const cleanUpMs = 50;

/** Renews a cache entry. */
export const renewEntry = renew;

/**
 * Wires servers, commands and locks with one deadline. Loaded by main on first use, so never on a
 * cache hit.
 * @throws DexchangeError setting_missing, setting_invalid, setting_file_unreadable
 */
export function openNetwork(
  { settings, readFile, atMostMs, env, trace }: NetworkOpening,
  runtime: Pick<CredentialRuntime, 'now'>,
  version: string,
): TokenNetwork {
  const network = networkSettings(settings, readFile);
  const deadline = callDeadline({ timeoutMs: network.timeoutMs, atMostMs });
  const now = (): number => runtime.now().wallMs;
  let requestedAt = runtime.now();
  const http = createHttp({ ...network, env }, deadline, {
    now,
    random: Math.random,
    userAgent: `dexchange/${version}`,
    trace(event) {
      // The start of the last attempt, because the failed ones returned no credential.
      if (event.kind === 'attempt') requestedAt = runtime.now();
      trace(event);
    },
  });
  const deps = { send: http.send, now, randomId: randomUUID };
  return {
    send: http.send,
    async exchangeToken(exchange, subjectToken, whenExpired) {
      const token = await exchangeToken(exchange, subjectToken, whenExpired, deps);
      return { ...token, requestedAt };
    },
    requestClientCredentials: (request) => clientCredentialsGrant(request, deps),
    requestCiToken: (request) => requestCiToken(request, deps),
    requestCiAccount: (request) => requestCiAccount(request, deps),
    runCommand: async (command, callEnv) =>
      runCommand(command, childEnvironment(callEnv, env, ['command', ...command]), deadline),
    tryLock: tryLockFile,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: Math.random,
    remainingMs: () => deadline.remainingMs(),
    cleanUp(folder) {
      const endsAt = uptimeMs() + cleanUpMs;
      const hasTime = (): boolean => uptimeMs() < endsAt;
      return cleanUp(folder, cacheFolderFiles, runtime.now(), hasTime).length;
    },
    close: () => http.close(),
  };
}
