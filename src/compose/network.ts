import { randomUUID } from 'node:crypto';
import { cleanUp } from '../cache/clean-up.ts';
import { cacheFolderFiles } from '../platform/cache-folder.ts';
import { createDeadline } from '../platform/deadline.ts';
import { endDespiteLookup } from '../platform/http/end-process.ts';
import { createHttp } from '../platform/http/http.ts';
import { observedSend } from '../platform/http/observed-send.ts';
import { tryLockFile } from '../platform/lock-file.ts';
import { runCommand } from '../platform/run-command.ts';
import { clientCredentialsGrant } from '../usecases/client-credentials-grant.ts';
import { exchangeToken } from '../usecases/exchange-token.ts';
import type { Network, NetworkInput, Runtime } from '../usecases/outside.ts';
import { requestCiToken } from '../usecases/request-ci-token.ts';

/** Nobody shall notice that a call has also tidied up. */
const cleanUpMs = 50;

/**
 * The second half of the composition root: what a cache hit does not need, loaded by main on a
 * miss. Wires servers, commands and locks to one deadline, counted from the start of the process.
 * `end` ends the process as `process.exit` would, but at once.
 * @throws DexchangeError setting_invalid if a certificate cannot be used
 */
export function createNetwork(
  settings: NetworkInput,
  runtime: Pick<Runtime, 'env' | 'now' | 'debug' | 'observe'>,
  version: string,
): Network & { readonly end: (exitCode: number) => never } {
  const clock = { now: () => performance.now() };
  const { timeoutMs, atMostMs = Number.POSITIVE_INFINITY } = settings;
  // performance.now() is 0 at the start of the process, so the start-up counts too.
  const deadline =
    atMostMs < timeoutMs - clock.now()
      ? createDeadline(atMostMs, clock)
      : createDeadline(timeoutMs, clock, 0);
  const now = (): number => runtime.now().wallMs;
  const { clientCertificatePem, clientKeyPem } = settings;
  let asked = runtime.now();
  const { observe } = runtime;
  const http = createHttp(
    {
      allowHttp: settings.allowHttp,
      certificateAuthorityPem: settings.certificateAuthorityPem,
      insecureSkipTlsVerify: settings.insecureSkipTlsVerify,
      env: runtime.env,
      ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
      ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
    },
    deadline,
    {
      now,
      random: Math.random,
      debug: runtime.debug,
      observe: (event) => {
        if (event.kind === 'attempt') asked = runtime.now();
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
    end: (exitCode) => {
      // Node would wait for a name server that does not answer, long after the deadline.
      if (http.isLookingUp()) endDespiteLookup(exitCode);
      process.exit(exitCode);
    },
  };
}
