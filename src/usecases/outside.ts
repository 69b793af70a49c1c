import type { Settings } from '../config/resolve.ts';
import type { CiTokenRequest } from '../identity/ci-token-request.ts';
import type { ClientCredentials } from '../identity/client-credentials.ts';
import type { DexToken } from '../oauth/dex-token.ts';
import type { TokenExchange } from '../oauth/token-exchange.ts';
import type { Instant, PlatformFolders, PrivateFiles, TryLock } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { CredentialMethod } from './credential-method.ts';
import type { Observe } from './trace-event.ts';

/** What a use case needs of the outside world on every call, a cache hit included. */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Now, by the clocks of this machine. */
  now(): Instant;
  /** The process that runs this one, told from any other; undefined if the system does not say. */
  parentProcess(): string | undefined;
  cwd(): string;
  /**
   * @throws Error whose message is fit to stand behind the file's name; its `absent` is true if
   *   there is no such file
   */
  readTextFile(path: string, maxWaitMs: number): string;
  readonly privateFiles: PrivateFiles;
  /** What tells this machine, and this boot of it, from every other. */
  machine(): readonly string[];
  platformFolders(): Promise<PlatformFolders | undefined>;
  /** One line for `-v`. */
  debug(line: string): void;
  /** Told what happens, for `--explain`; absent on every other call. */
  readonly observe?: Observe;
  /** What only a cache miss needs, in these surroundings; nothing of it is loaded before. */
  openNetwork(settings: NetworkInput, runtime: Runtime): Promise<Network>;
  /**
   * What only method service-account needs; nothing of it is loaded before.
   * @throws DexchangeError setting_*, kubeconfig_*
   */
  serviceAccountMethod(settings: Settings): Promise<CredentialMethod>;
}

/** What a renewal must be told before it can use the network; certificates as PEM. */
export interface NetworkInput {
  /** Counted from the start of the process: it bounds the whole call. */
  readonly timeoutMs: number;
  /** Counted from now, for what is not worth more. */
  readonly atMostMs?: number;
  readonly allowHttp: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthorityPem: readonly string[];
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
}

/** A credential, and when the request began that was answered by it; failed ones do not count. */
export interface AnsweredToken extends DexToken {
  readonly asked: Instant;
}

/** The slow half of the program: servers, commands, locks. All of it ends with one deadline. */
export interface Network {
  /**
   * @param whenExpired the hint if the subject token proves to have expired
   * @throws DexchangeError dex_*, token_*, server_*, proxy_failed, url_insecure
   */
  exchangeToken(
    exchange: TokenExchange,
    subjectToken: Secret,
    whenExpired: string,
  ): Promise<AnsweredToken>;
  /** @throws DexchangeError idp_*, server_*, proxy_failed, url_insecure, setting_invalid */
  requestClientCredentials(request: ClientCredentials): Promise<Secret>;
  /** @throws DexchangeError identity_refused, server_*, proxy_failed, url_insecure */
  requestCiToken(request: CiTokenRequest): Promise<Secret>;
  /** @throws Error whose message is fit to stand behind the command's name */
  runCommand(
    words: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<string>;
  readonly tryLock: TryLock;
  sleep(milliseconds: number): Promise<void>;
  random(): number;
  remainingMs(): number;
  /** Removes old files from a cache folder, for a moment only; gives how many are gone. */
  cleanUp(folder: string): number;
  /** Ends open connections. */
  close(): Promise<void>;
}

/** Gives the renewal, opened at the first call. */
export type OpenNetwork = () => Promise<Network>;
