/**
 * The interfaces to the operating system and the network. `platform/` implements them and the
 * composition root passes them on; no other code uses the process, clocks, files or sockets.
 */
import type { Send } from './http/message.ts';
import type { Secret } from './secret.ts';

/** The environment variables of one call. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A point in time by the clocks of one machine. */
export interface Instant {
  /** Wall clock in milliseconds since the epoch; can be set forward and back. */
  readonly wallMs: number;
  /** Monotonic clock in milliseconds since an arbitrary point, on Linux since boot. */
  readonly steadyMs: number;
  /** Identifies the boot; undefined if the system does not provide it. */
  readonly bootId: string | undefined;
}

/** The platform's folders for dexchange. */
export interface PlatformFolders {
  readonly cache: string;
  readonly data: string;
}

/** Why a file or folder cannot be used. */
export interface FileProblem {
  readonly reason: string;
  /** Whether the only problem is that it does not exist, as far as this user can see. */
  readonly absent: boolean;
}

/**
 * Files that belong to this user and are not accessible to others. They are opened without following
 * links and checked after opening. No function throws; problems are returned.
 */
export interface PrivateFiles {
  /** Checks that a folder is private to this user; creates it (0700) if `create` is true. */
  checkFolder(path: string, create: boolean): FileProblem | undefined;
  read(path: string, maxBytes: number): Buffer | FileProblem;
  /** Replaces a file atomically: readers see the old content or the new content. */
  replace(path: string, content: Buffer): FileProblem | undefined;
  /** Writes in place: fast, but readers can see partial content. For content that can be lost. */
  overwrite(path: string, content: Buffer): FileProblem | undefined;
  /** Creates a file atomically; fails if it exists. */
  createOnce(path: string, content: Buffer): FileProblem | undefined;
}

/** A file or folder in the cache folder; `modifiedMs` is since the epoch. */
export interface CacheFile {
  readonly name: string;
  readonly modifiedMs: number;
  readonly bytes: number;
  readonly isFolder: boolean;
}

/** Whether bytes that are not text become U+FFFD, or make the file unreadable. */
export type InvalidBytes = 'replaced' | 'rejected';

/** Access to the cache folder for clean-up and the cache commands. No function throws. */
export interface CacheFiles {
  /**
   * Lists at most `limit` regular files and folders of this user. If there are more, each call starts
   * at another file, so that repeated calls list all of them.
   */
  list(folder: string, limit: number): Iterable<CacheFile>;
  /** The first `bytes` bytes of a file; undefined if it cannot be read. */
  readStart(folder: string, name: string, bytes: number): Buffer | undefined;
  /** Returns whether the file was removed. */
  remove(folder: string, file: CacheFile): boolean;
}

/** A program file, found in PATH by its name or given as a path. */
export interface Program {
  readonly path: string;
  /** Without links. */
  readonly realPath: string;
  readonly problem: ProgramProblem | undefined;
}

/** Why a file that exists cannot be run. */
export type ProgramProblem =
  | { readonly kind: 'not-executable' }
  /** The loader or interpreter that the file names does not exist: the system says `not found`. */
  | { readonly kind: 'no-loader'; readonly loader: string };

/** What doctor needs to know about the programs and files of this machine. No function throws. */
export interface Programs {
  /** The files in PATH with a name, in the order of PATH; for a path, that file. */
  find(nameOrPath: string, env: Environment): readonly Program[];
  /** The file of this program, without links. */
  own(): string;
  /** The permission bits of a file; undefined if it cannot be examined or has none. */
  modeOf(path: string): number | undefined;
}

/** The proxy of a URL: its host and the variable that names it, or why the variable is invalid. */
export type ProxyChoice =
  | { readonly kind: 'none'; readonly ignored: string | undefined }
  | { readonly kind: 'proxy'; readonly host: string; readonly variable: string }
  | { readonly kind: 'invalid'; readonly message: string; readonly hint: string };

/** Tries once to take a lock; returns a release function, or undefined if another process has it. */
export type TryLock = (path: string) => Promise<(() => Promise<void>) | undefined>;

/** What every call needs, even on a cache hit. */
export interface Runtime {
  readonly env: Environment;
  now(): Instant;
  /** Identifies the parent process across pid reuse; undefined if the system has no such data. */
  parentProcess(): string | undefined;
  /** @throws DexchangeError setting_invalid if the working folder no longer exists */
  cwd(): string;
  /**
   * Reads a file from a setting; waits at most `maxWaitMs` milliseconds.
   * @param invalidBytes default `replaced`
   * @throws Error with a message that follows the name of the file, such as `does not exist`; its
   *   `absent` is true if the file does not exist, and its `hint`, if any, says what to do
   */
  readTextFile(path: string, maxWaitMs: number, invalidBytes?: InvalidBytes): string;
  readonly privateFiles: PrivateFiles;
  /** Values that identify this machine and its current boot. */
  machine(): readonly string[];
  /** Undefined if there is no home folder. */
  platformFolders(): Promise<PlatformFolders | undefined>;
}

/**
 * What a call needs if the cache is not enough: servers, commands and locks, with one deadline.
 * Loaded on first use.
 */
export interface Network {
  readonly send: Send;
  /**
   * Runs a command without a shell and returns its stdout.
   * @throws Error with a message that follows the name of the command, such as `was not found`
   */
  runCommand(command: readonly string[], env: Environment): Promise<string>;
  readonly tryLock: TryLock;
  sleep(milliseconds: number): Promise<void>;
  /** A random number from 0 to 1. */
  random(): number;
  /** The time until the deadline, in milliseconds, at least zero. */
  remainingMs(): number;
  /** Removes stale files from a cache folder for a limited time; returns their number. */
  cleanUp(folder: string): number;
  /** Closes open connections. */
  close(): Promise<void>;
}

/** The settings of the network; certificates as PEM. */
export interface NetworkSettings {
  /** The deadline of the whole call, counted from the start of the process. */
  readonly timeoutMs: number;
  readonly allowHttp: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthorityPem: readonly string[];
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
}

/** The settings of a channel to another server, such as the Kubernetes API; certificates as PEM. */
export interface ChannelSettings {
  readonly certificateAuthorityPem: readonly string[];
  /** Trust only the given CAs, if there are any, as kubectl does with the CA of a cluster entry. */
  readonly onlyGivenAuthorities: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
  readonly allowHttp: boolean;
  /** Replaces the host of the URL in SNI and in the verification of the certificate. */
  readonly tlsServerName?: string | undefined;
  /** Where a user corrects the URL; continues a sentence: `in --server`. */
  readonly inSetting?: string;
  /** A proxy for every request; overrides the proxy variables and NO_PROXY. */
  readonly proxyUrl?: string | undefined;
  /** The source of the proxy variables. */
  readonly env: Environment;
  /** The deadline of the whole call, counted from the start of the process. */
  readonly timeoutMs: number;
  /** A shorter deadline, counted from now. */
  readonly atMostMs?: number | undefined;
}

/** A client for requests to one server; close it after use. */
export interface Channel {
  readonly send: Send;
  close(): Promise<void>;
}

/** A private folder for the files of one run. */
export interface RunFolder {
  /** Absolute. */
  readonly path: string;
  /** The path of a file in it. */
  pathOf(name: string): string;
  /**
   * Replaces a file (0600) atomically, and returns its path.
   * @throws DexchangeError file_not_written
   */
  write(name: string, content: string): string;
  remove(): void;
}

/** The folder of a run, which may have ended without removing it. */
export interface FoundRunFolder {
  readonly path: string;
  readonly pid: number;
  readonly createdAtMs: number;
  readonly isRunning: boolean;
  /** Reads one of its files; undefined if there is none. */
  read(name: string): string | undefined;
  remove(): void;
}

/** A command that runs with the terminal and the signals of this process. */
export interface ForegroundCommand {
  /** Its exit code, or 128 + n after signal n. Rejects with the system's error if it cannot start. */
  readonly ended: Promise<number>;
}

/** What the binary knows about its build. */
export interface BuildFacts {
  /** The commit of its sources, with `-dirty` if they were changed; null if it is unknown. */
  readonly commit: string | null;
  /** The platform of the build, such as `linux-musl-x64`; null for the sources. */
  readonly target: string | null;
  /** The version of Node. */
  readonly node: string;
}

/** When a process that runs by itself ends. */
export interface EndConditions {
  /** The process with which it ends. */
  readonly ownerPid?: number | undefined;
  /** In milliseconds from now. */
  readonly maxLifetimeMs?: number | undefined;
}

/** One response of a status page. */
export interface StatusPage {
  readonly status: 200 | 404 | 405 | 503;
  readonly type: string;
  readonly body: string;
}

/** A server of status pages. */
export interface StatusServer {
  /** Such as `http://127.0.0.1:9090`. */
  readonly url: string;
  close(): void;
}

/** How starting a process in the background ended. */
export type BackgroundStart =
  | { readonly kind: 'ready'; readonly message: string }
  | { readonly kind: 'failed'; readonly stderr: string; readonly exitCode: number };

/** What an agent needs from the machine. */
export interface AgentMachine {
  readonly pid: number;
  findRunFolders(env: Environment): readonly FoundRunFolder[];
  /**
   * Replaces a file (0600) atomically.
   * @throws DexchangeError file_not_written
   */
  writeTokenFile(path: string, token: Secret): void;
  /** Removes a file, if it is there. */
  removeFile(path: string): void;
  /**
   * Serves status pages over HTTP.
   * @param port 0 for any free one
   * @throws DexchangeError setting_invalid if it cannot listen there
   */
  serveStatus(
    address: { readonly host: string; readonly port: number },
    page: (path: string) => StatusPage,
  ): Promise<StatusServer>;
  /** Resolves when a signal or one of the conditions ends this process. */
  untilEnd(conditions: EndConditions): Promise<void>;
  isAlive(pid: number): boolean;
  /** The process with which an agent in the background should end; undefined if there is none. */
  ownerProcess(env: Environment): number | undefined;
  /** Runs this program in its own session, and passes it a message. */
  startBackground(argument: string, message: string, env: Environment): Promise<BackgroundStart>;
  /**
   * Writes to stdout.
   * @returns why that failed, if it did: `ended`, if the process that started this one has, or the code of
   *   the system's error
   */
  answerStarter(text: string): string | undefined;
  /** Reads the message of the process that started this one. Until the answer, this process ends with it. */
  readMessage(): string;
  /** Answers the process that started this one, and closes stdin, stdout and stderr. */
  detach(message: string): void;
  /** Ends another process with SIGTERM, and with SIGKILL if it does not end in time. */
  endOther(pid: number, isRunning: () => boolean): Promise<void>;
}
