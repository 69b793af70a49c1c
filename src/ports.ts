/**
 * What the program needs of the world around it. `platform/` implements these shapes and the
 * composition root hands them in; nothing else reads the process, a clock, a file or a socket.
 */
import type { Send } from './http/message.ts';
import type { Secret } from './secret.ts';

/** The environment variables of one call. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A point in time by the clocks of one machine. */
export interface Instant {
  /** Wall clock, in milliseconds since the epoch. It can be set, forwards and backwards. */
  readonly wallMs: number;
  /** Monotonic clock, in milliseconds since an arbitrary point, on Linux since boot. */
  readonly steadyMs: number;
  /** Tells boots apart; undefined where the system does not provide one. */
  readonly bootId: string | undefined;
}

/** The platform's folders for this program. */
export interface PlatformFolders {
  readonly cache: string;
  readonly data: string;
}

/** Why a file or folder cannot be used. */
export interface FileProblem {
  readonly reason: string;
  /** True if it does not exist, and nothing else is wrong. */
  readonly absent: boolean;
}

/**
 * Files that belong to this user and are closed to others, opened without following links and
 * checked after opening. Nothing here throws: problems are returned.
 */
export interface PrivateFiles {
  /** Checks that a folder is private to this user; `create` makes it (0700) if it is missing. */
  checkFolder(path: string, create: boolean): FileProblem | undefined;
  read(path: string, maxBytes: number): Buffer | FileProblem;
  /** Writes a temporary file and renames it: readers see the old file, the new one, or none. */
  replace(path: string, content: Buffer): FileProblem | undefined;
  /** Writes in place: fast, but a reader may see half of it. For content that may be lost. */
  overwrite(path: string, content: Buffer): FileProblem | undefined;
  /** Writes only if the file does not exist yet, and whole or not at all. */
  createOnce(path: string, content: Buffer): FileProblem | undefined;
}

/** A file or folder in the cache folder; `modifiedMs` is since the epoch. */
export interface CacheFile {
  readonly name: string;
  readonly modifiedMs: number;
  readonly bytes: number;
  readonly isFolder: boolean;
}

/** The cache folder, as clean-up and the cache commands see it. Nothing here throws. */
export interface CacheFiles {
  /**
   * This user's regular files and folders, read one by one, `most` at most. If there are more,
   * each call starts elsewhere, so that every file is seen over time.
   */
  list(folder: string, most: number): Iterable<CacheFile>;
  readStart(folder: string, name: string, bytes: number): Buffer | undefined;
  remove(folder: string, file: CacheFile): boolean;
}

/** Tries to take a lock once: gives its release, or undefined if another process holds it. */
export type TryLock = (path: string) => Promise<(() => Promise<void>) | undefined>;

/** What every call needs, a cache hit included. */
export interface Runtime {
  readonly env: Environment;
  now(): Instant;
  /** Identifies the parent process across pid reuse; undefined if the system does not say. */
  parentProcess(): string | undefined;
  /** @throws DexchangeError setting_invalid if the working folder no longer exists */
  cwd(): string;
  /**
   * The text of a file that the user named.
   * @throws Error whose message reads well after the file's name; its `absent` is true if there is
   *   no such file
   */
  readTextFile(path: string, maxWaitMs: number): string;
  readonly privateFiles: PrivateFiles;
  /** Values that together identify this machine and its current boot. */
  machine(): readonly string[];
  /** Undefined where there is no home folder. */
  platformFolders(): Promise<PlatformFolders | undefined>;
}

/**
 * What a call needs once it goes beyond the cache: servers, commands and locks. Everything here
 * ends with one deadline. Loaded when it is first used.
 */
export interface Network {
  readonly send: Send;
  /**
   * Runs a command without a shell and gives its stdout.
   * @throws Error whose message reads well after the command's name
   */
  runCommand(words: readonly string[], env: Environment): Promise<string>;
  readonly tryLock: TryLock;
  sleep(milliseconds: number): Promise<void>;
  /** From 0 to 1. */
  random(): number;
  remainingMs(): number;
  /** Removes stale files from a cache folder, for a bounded time; gives how many were removed. */
  cleanUp(folder: string): number;
  /** Ends open connections. */
  close(): Promise<void>;
}

/** What opening the network needs to know; certificates as PEM. */
export interface NetworkSettings {
  /** The deadline of the whole call, counted from the start of the process. */
  readonly timeoutMs: number;
  readonly allowHttp: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthorityPem: readonly string[];
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
}

/** How to reach one more server, such as the Kubernetes API; certificates as PEM. */
export interface ChannelSettings {
  readonly certificateAuthorityPem: readonly string[];
  /** Trust only these, if there are any, as kubectl does with the CA of a cluster entry. */
  readonly onlyGivenAuthorities: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
  readonly allowHttp: boolean;
  /** Sent as SNI and looked for in the certificate, instead of the host of the URL. */
  readonly tlsServerName?: string | undefined;
  /** A proxy for every request, instead of the variables, NO_PROXY included. */
  readonly proxyUrl?: string | undefined;
  /** The proxy variables are read here. */
  readonly env: Environment;
  /** The deadline of the whole call, counted from the start of the process. */
  readonly timeoutMs: number;
  /** A shorter deadline, counted from now. */
  readonly atMostMs?: number | undefined;
}

/** A way to send requests, which must be closed. */
export interface Channel {
  readonly send: Send;
  close(): Promise<void>;
}
