import { randomUUID } from 'node:crypto';
import { cleanUp } from '../cache/clean-up.ts';
import { renewEntry as renew } from '../cache/renewal.ts';
import { networkSettings } from '../inputs/network.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { callDeadline } from '../platform/deadline.ts';
import { endProcess as end } from '../platform/http/end-process.ts';
import { createHttp } from '../platform/http/http.ts';
import { tryLockFile } from '../platform/lock-file.ts';
import { runCommand } from '../platform/run-command.ts';
import { clientCredentialsGrant } from '../usecases/client-credentials-grant.ts';
import { exchangeToken } from '../usecases/exchange-token.ts';
import type { CredentialRuntime, NetworkOpening } from '../usecases/obtain-credential.ts';
import { requestCiToken } from '../usecases/request-ci-token.ts';
import type { TokenNetwork } from '../usecases/token-network.ts';

/** Ends the process even while a name is being looked up. */
export const endProcess = end;

/** Keeps clean-up so short that it never delays a call noticeably. */
const cleanUpMs = 50;

/** Renews an entry of the cache. */
export const renewEntry = renew;

/**
 * Wires what a cache hit does not need: servers, commands and locks, bound to one deadline. Loaded
 * by main on a miss.
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
      // Failed attempts do not count: the life of a credential begins with the one that gave it.
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
    runCommand: (words, env) => runCommand(words, env, deadline),
    tryLock: tryLockFile,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: Math.random,
    remainingMs: () => deadline.remainingMs(),
    cleanUp(folder) {
      const until = performance.now() + cleanUpMs;
      const hasTime = (): boolean => performance.now() < until;
      return cleanUp(folder, cacheFolderFiles, runtime.now(), hasTime).length;
    },
    close: () => http.close(),
  };
}
