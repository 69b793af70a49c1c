import { refreshBeforeExpiryMs, reportedEarlyMs } from '../cache/freshness.ts';
import { formatDuration } from '../duration.ts';
import { asDexchangeError, DexchangeError } from '../errors.ts';
import type { Credential } from '../usecases/get-token.ts';

/** What keeping a credential fresh needs. */
export interface KeepFreshPorts {
  /** The wall clock in milliseconds since the epoch. */
  now(): number;
  /** Waits, or less if `signal` aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A random number from 0 to 1. */
  random(): number;
  /**
   * Obtains a credential: the present one again if renewing it fails and it is still valid.
   * @param refreshBeforeMs how long before expiry it is due
   * @throws DexchangeError
   */
  obtain(refreshBeforeMs: number): Promise<Credential>;
  /** Hands a new credential over. @throws DexchangeError if that fails */
  publish(credential: Credential): void | Promise<void>;
  /** Learns that an attempt has failed. */
  failed(error: DexchangeError): void;
  /** Why the last `obtain` returned the present credential again, if it did. */
  reason(): DexchangeError | undefined;
  /** Tells the user. */
  notice(line: string): void;
  /** The end of what credentials are obtained with, which cannot be replaced; undefined if it can. */
  sourceEnd(): SourceEnd | undefined;
}

/** The end of an identity token that cannot be replaced. */
export interface SourceEnd {
  /** In milliseconds since the epoch. */
  readonly atMs: number;
  /** Whether the token is the credential itself, so that no attempt can replace it. */
  readonly isCredential?: boolean;
  /** Names the token: `the identity token from variable CI_TOKEN`. */
  readonly name: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Clients read a token file again after a minute, so a new token must be there earlier. */
const latestRenewalMs = 2 * 60_000;

/** When a credential that cannot be renewed is worth a line. */
const warningMs = 60_000;

/** The waits between attempts after failures, in milliseconds. */
const backoffMs = [5_000, 10_000, 20_000, 40_000] as const;

const longestBackoffMs = 60_000;

/** No wait is longer, because a machine that sleeps stops timers, too. */
const longestSleepMs = 15_000;

/**
 * How long before its end a credential is renewed: as the cache does, but at the latest two minutes
 * before, or a fifth of its life if that is shorter.
 * @param refreshBeforeMs the setting; undefined if it is not set
 * @returns milliseconds
 */
export function renewalMs(lifeMs: number, refreshBeforeMs: number | undefined): number {
  const latestMs = Math.min(latestRenewalMs, lifeMs / 5);
  return Math.max(refreshBeforeExpiryMs(lifeMs, refreshBeforeMs), latestMs);
}

/**
 * Renews a credential again and again until `signal` aborts. A failure is tried again, also after the
 * end of the credential; it is told once when less than a minute is left, and so is its end.
 * @param refreshBeforeMs the setting; undefined if it is not set
 */
export async function keepFresh(
  first: Credential,
  refreshBeforeMs: number | undefined,
  ports: KeepFreshPorts,
  signal: AbortSignal,
): Promise<void> {
  let current = first;
  let failures = 0;
  let isTold = false;
  let nextAt = dueAt(current, refreshBeforeMs);
  let toldOf: Credential | undefined;
  while (true) {
    const end = ports.sourceEnd();
    const isLast =
      end !== undefined && (end.isCredential || end.atMs <= dueAt(current, refreshBeforeMs));
    if (isLast && toldOf !== current) {
      if (!(await waitUntil(noticeAt(current), ports, signal))) return;
      ports.notice(lastNotice(current, end));
      if (end.isCredential) return;
      toldOf = current;
    }
    if (!(await waitUntil(nextAt, ports, signal))) return;
    try {
      const dueMs = renewalMs(current.lifeMs, refreshBeforeMs);
      // The cache has another clock, by which it may be a moment too early.
      const next = await ports.obtain(dueMs + current.lifeMs / 100);
      if (signal.aborted) return;
      if (next.token.reveal() === current.token.reveal()) throw ports.reason() ?? notRenewed();
      await ports.publish(next);
      if (isTold) ports.notice('the credential is renewed again');
      current = next;
      failures = 0;
      isTold = false;
      nextAt = dueAt(current, refreshBeforeMs);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = asDexchangeError(thrown);
      ports.failed(error);
      const leftMs = current.expirationMs - ports.now();
      if (!isTold && leftMs < warningMs) {
        isTold = true;
        ports.notice(warning(leftMs, error.message));
      }
      nextAt = ports.now() + retryMs(failures, current, leftMs, ports.random());
      failures += 1;
    }
  }
}

/** When it is told that a credential is the last: a short command ends before that. */
function noticeAt({ expirationMs, lifeMs }: Credential): number {
  return expirationMs - Math.min(5 * 60_000, lifeMs / 2);
}

function lastNotice({ expirationMs }: Credential, end: SourceEnd): string {
  const because = end.isCredential ? `it is ${end.name}` : `${end.name} ends at ${time(end.atMs)}`;
  return `warning: the credential ends at ${time(expirationMs)} and cannot be renewed, because ${because}; ${end.hint}`;
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function dueAt({ expirationMs, lifeMs }: Credential, refreshBeforeMs: number | undefined): number {
  return expirationMs + reportedEarlyMs({ lifeMs }) - renewalMs(lifeMs, refreshBeforeMs);
}

/**
 * The wait before the next attempt: at most a tenth of the life, so that a short outage does not outlast
 * a short credential. One attempt falls into the last minute, for its warning.
 */
function retryMs(failures: number, { lifeMs }: Credential, leftMs: number, random: number): number {
  const wanted = Math.min(backoffMs[failures] ?? longestBackoffMs, Math.max(1000, lifeMs / 10));
  const usual = wanted * (0.8 + 0.4 * random);
  const untilWarning = leftMs - warningMs + 1;
  return untilWarning > 0 ? Math.min(usual, Math.max(1000, untilWarning)) : usual;
}

/** Another process renews it at the moment, and its result is not there yet. */
function notRenewed(): DexchangeError {
  return new DexchangeError('server_busy', 'another process is renewing the credential', {
    hint: 'run `dexchange get-token --explain` with the same settings if this goes on',
  });
}

function warning(leftMs: number, message: string): string {
  const end = leftMs > 0 ? `ends in ${formatDuration(leftMs)}` : 'has ended';
  return `warning: the credential ${end}, and cannot be renewed: ${message}`;
}

/** Waits in steps, by the wall clock; returns whether to go on. */
async function waitUntil(
  atMs: number,
  { now, sleep }: KeepFreshPorts,
  signal: AbortSignal,
): Promise<boolean> {
  for (let leftMs = atMs - now(); leftMs > 0 && !signal.aborted; leftMs = atMs - now()) {
    await sleep(Math.min(leftMs, longestSleepMs), signal);
  }
  return !signal.aborted;
}
