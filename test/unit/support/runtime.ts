import { join } from 'node:path';
import { renewEntry } from '../../../src/cache/renewal.ts';
import { traceLines } from '../../../src/cli/trace-lines.ts';
import type { Settings } from '../../../src/config/resolve.ts';
import type { CiTokenRequest } from '../../../src/identity/ci-token-request.ts';
import type { ClientCredentials } from '../../../src/identity/client-credentials.ts';
import type { IdentityOptions } from '../../../src/identity/select.ts';
import { type IdentityPorts, identityOptions } from '../../../src/inputs/identity.ts';
import { identityCredentialInput } from '../../../src/inputs/identity-credential.ts';
import {
  type ReadSettingFile,
  type Secrets,
  secretsOf,
  settingFileReader,
} from '../../../src/inputs/secrets.ts';
import type { TokenExchange } from '../../../src/oauth/token-exchange.ts';
import { privateFiles } from '../../../src/platform/private-files.ts';
import { readTextFile } from '../../../src/platform/text-file.ts';
import type { Instant, Network } from '../../../src/ports.ts';
import { Secret } from '../../../src/secret.ts';
import type { Credential } from '../../../src/usecases/get-token.ts';
import { identityMethod } from '../../../src/usecases/identity-method.ts';
import {
  type CredentialRuntime,
  type NetworkOpening,
  obtainCredential,
} from '../../../src/usecases/obtain-credential.ts';

/** The credential of a call with these settings. */
export function credentialOf(
  settings: Settings,
  runtime: CredentialRuntime,
  isClient = false,
): Promise<Credential> {
  const execInfo = {
    present: isClient,
    apiVersion: 'client.authentication.k8s.io/v1',
    interactive: undefined,
    hasCluster: false,
    clusterConfig: undefined,
  } as const;
  const call = {
    settings,
    env: runtime.env,
    execInfo,
    execInfoText: undefined,
    isClient,
    context: undefined,
  };
  return obtainCredential(call, {}, runtime);
}

/** The files and secrets of a call with these settings; commands are run by `runCommand`. */
export function secretsFor(
  settings: Settings,
  runtime: CredentialRuntime,
  runCommand: Network['runCommand'] = () => Promise.reject(new Error('no command may be run')),
): { readonly readFile: ReadSettingFile; readonly secrets: Secrets } {
  const readFile = settingFileReader(settings, runtime);
  return { readFile, secrets: secretsOf(settings, { ...runtime, readFile, runCommand }) };
}

/** The identity options of a call with these settings. */
export function identityFor(
  settings: Settings,
  runtime: CredentialRuntime,
  requests: Partial<Pick<IdentityPorts, 'requestClientCredentials' | 'requestCiToken'>> = {},
): IdentityOptions {
  const { readFile, secrets } = secretsFor(settings, runtime);
  const unexpected = () => Promise.reject(new Error('no token may be requested'));
  return identityOptions(settings, secrets, readFile, {
    ...runtime,
    requestClientCredentials: unexpected,
    requestCiToken: unexpected,
    requestCiAccount: unexpected,
    ...requests,
  });
}

export interface FakeRuntime extends CredentialRuntime {
  /** What was done, in order. */
  readonly log: string[];
  readonly debugLines: string[];
  readonly opened: NetworkOpening[];
  readonly exchanged: { readonly exchange: TokenExchange; readonly subjectToken: Secret }[];
  readonly granted: ClientCredentials[];
  readonly minted: CiTokenRequest[];
  readonly commands: {
    readonly words: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
  }[];
  /** Moves both clocks on. */
  pass(milliseconds: number): void;
  /** What Dex does, told how often it was asked before. */
  dex: (count: number) => Promise<{ token: string; lifeMs: number }>;
  idp: () => Promise<Secret>;
  command: () => Promise<string>;
  lockIsBusy: () => boolean;
  refuseNetwork: Error | undefined;
}

const start = Date.UTC(2026, 7, 1, 12, 0, 0);

/**
 * An outside with a real file system below `folder`, and a faked clock, Dex, IdP, command and lock.
 * Several of one folder are several processes.
 */
export function fakeRuntime(
  folder: string,
  env: Readonly<Record<string, string | undefined>> = {},
): FakeRuntime {
  const log: string[] = [];
  let elapsedMs = 0;
  let asked = 0;
  const runtime: FakeRuntime = {
    log,
    debugLines: [],
    opened: [],
    exchanged: [],
    granted: [],
    minted: [],
    commands: [],
    pass(milliseconds) {
      elapsedMs += milliseconds;
    },
    dex: async (count) => ({ token: `dex-token-${count + 1}`, lifeMs: 600_000 }),
    idp: async () => new Secret('idp-token'),
    command: async () => 'command-token\n',
    lockIsBusy: () => false,
    refuseNetwork: undefined,

    env,
    now: (): Instant => ({ wallMs: start + elapsedMs, steadyMs: elapsedMs, bootId: 'boot' }),
    parentProcess: () => 'parent',
    cwd: () => folder,
    readTextFile(path, maxWaitMs, invalidBytes) {
      log.push(`read ${path}`);
      return readTextFile(path, maxWaitMs, invalidBytes);
    },
    privateFiles,
    machine: () => ['machine', 'boot', 'host'],
    platformFolders: async () => ({ cache: join(folder, 'cache'), data: join(folder, 'data') }),
    trace: (event) => {
      runtime.debugLines.push(...traceLines(event));
    },
    serviceAccountMethod: async () => {
      throw new Error('no test of this file asks for it');
    },
    identityMethod: async (settings, caller) =>
      identityMethod(identityCredentialInput(settings, caller), caller),
    renewEntry,
    async openNetwork(opening) {
      log.push('open');
      runtime.opened.push(opening);
      if (runtime.refuseNetwork !== undefined) throw runtime.refuseNetwork;
      return {
        send: () => Promise.reject(new Error('nothing is sent in these tests')),
        async exchangeToken(exchange, subjectToken) {
          log.push('exchange');
          runtime.exchanged.push({ exchange, subjectToken });
          const began = runtime.now();
          const { token, lifeMs } = await runtime.dex(asked++);
          return {
            token: new Secret(token),
            remainingMs: lifeMs,
            clockOffsetMs: 0,
            requestedAt: began,
          };
        },
        requestClientCredentials(request) {
          log.push('grant');
          runtime.granted.push(request);
          return runtime.idp();
        },
        async requestCiToken(request) {
          log.push('ci token');
          runtime.minted.push(request);
          return new Secret('ci-token');
        },
        async requestCiAccount(request) {
          log.push('ci token');
          runtime.minted.push(request);
          return { token: new Secret('ci-token'), id: 'ci-account' };
        },
        runCommand(words, commandEnv) {
          log.push('command');
          runtime.commands.push({ words, env: commandEnv });
          return runtime.command();
        },
        async tryLock() {
          if (runtime.lockIsBusy()) {
            log.push('busy');
            return undefined;
          }
          log.push('lock');
          return async () => {
            log.push('release');
          };
        },
        sleep: async (milliseconds) => {
          log.push('sleep');
          elapsedMs += milliseconds;
        },
        random: () => 0.5,
        remainingMs: () => Math.max(0, opening.settings.value('timeout') - elapsedMs),
        cleanUp: () => 0,
        close: async () => {
          log.push('close');
        },
      };
    },
  };
  return runtime;
}
