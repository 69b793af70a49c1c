import { randomUUID } from 'node:crypto';
import { cleanUp } from '../cache/clean-up.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { callDeadline } from '../platform/deadline.ts';
import { endProcess as end } from '../platform/http/end-process.ts';
import { createHttp } from '../platform/http/http.ts';
import { tryLockFile } from '../platform/lock-file.ts';
import { runCommand } from '../platform/run-command.ts';
import type { NetworkSettings } from '../ports.ts';
import { clientCredentialsGrant } from '../usecases/client-credentials-grant.ts';
import { exchangeToken } from '../usecases/exchange-token.ts';
import type { CredentialRuntime } from '../usecases/obtain-credential.ts';
import { requestCiToken } from '../usecases/request-ci-token.ts';
import type { TokenNetwork } from '../usecases/token-network.ts';

/** Ends the process even while a name is being looked up. */
export const endProcess = end;

/** Keeps clean-up so short that it never delays a call noticeably. */
const cleanUpMs = 50;

/**
 * Wires what a cache hit does not need: servers, commands and locks, bound to one deadline. Loaded
 * by main on a miss.
 * @throws DexchangeError setting_invalid if a certificate cannot be used
 */
export function openNetwork(
  settings: NetworkSettings,
  runtime: Pick<CredentialRuntime, 'env' | 'now' | 'trace'>,
  version: string,
): TokenNetwork {
  const deadline = callDeadline(settings);
  const now = (): number => runtime.now().wallMs;
  let requestedAt = runtime.now();
  const http = createHttp({ ...settings, env: runtime.env }, deadline, {
    now,
    random: Math.random,
    userAgent: `dexchange/${version}`,
    trace(event) {
      // Failed attempts do not count: the life of a credential begins with the one that gave it.
      if (event.kind === 'attempt') requestedAt = runtime.now();
      runtime.trace(event);
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
      const mayGoOn = (): boolean => performance.now() < until;
      return cleanUp(folder, cacheFolderFiles, runtime.now(), mayGoOn).length;
    },
    close: () => http.close(),
  };
}
