import { refreshBeforeExpiryMs, reportedEarlyMs } from '../cache/freshness.ts';
import { formatDuration } from '../duration.ts';
import { asDexchangeError, DexchangeError } from '../errors.ts';
import { isoTime } from '../http/date.ts';
import type { Credential } from '../usecases/get-token.ts';

/** What `keepFresh` needs. */
export interface KeepFreshPorts {
  /** The wall clock in milliseconds since the epoch. */
  now(): number;
  /** Waits, or returns early if `signal` aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A random number from 0 to 1. */
  random(): number;
  /**
   * Obtains a credential. Returns the current one if it cannot be renewed but is still valid.
   * @param refreshBeforeMs how long before its expiry a credential is renewed
   * @throws DexchangeError
   */
  obtain(refreshBeforeMs: number): Promise<Credential>;
  /** Writes a new credential for its readers. @throws DexchangeError if that fails */
  publish(credential: Credential): void | Promise<void>;
  /** Called when an attempt has failed. */
  failed(error: DexchangeError): void;
  /** Why the last `obtain` returned the current credential; undefined if it returned a new one. */
  reason(): DexchangeError | undefined;
  /** Prints a line for the user. */
  notice(line: string): void;
  /** When the identity token expires, if it cannot be replaced; undefined if it can. */
  sourceEnd(): SourceEnd | undefined;
}

/** When an identity token that cannot be replaced expires. */
export interface SourceEnd {
  /** In milliseconds since the epoch. */
  readonly atMs: number;
  /** Whether the token is the credential itself, so that no attempt can renew it. */
  readonly isCredential?: boolean;
  /** The token in messages: `the identity token from variable CI_TOKEN`. */
  readonly name: string;
  /** What the user can do. */
  readonly hint: string;
}

/** Clients reread a token file once a minute, so a new token must be written earlier than that. */
const latestRenewalMs = 2 * 60_000;

/** The remaining life at which a failed renewal is reported. */
const warningMs = 60_000;

/** The waits between attempts after failures, in milliseconds. */
const backoffMs = [5_000, 10_000, 20_000, 40_000] as const;

const longestBackoffMs = 60_000;

/** The longest single wait. Timers stop while a machine sleeps, so long waits are split. */
const longestSleepMs = 15_000;

/**
 * How long before its expiry a credential is renewed: as early as in the cache, but at least two minutes
 * before, or a fifth of its life if that is shorter.
 * @param refreshBeforeMs the setting; undefined if it is not set
 * @returns milliseconds
 */
export function renewalMs(lifeMs: number, refreshBeforeMs: number | undefined): number {
  const latestMs = Math.min(latestRenewalMs, lifeMs / 5);
  return Math.max(refreshBeforeExpiryMs(lifeMs, refreshBeforeMs), latestMs);
}

/**
 * Renews a credential again and again until `signal` aborts. Retries after a failure, even after the
 * credential has expired. Prints one line if renewal still fails with less than a minute left, and one
 * when it succeeds again.
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
      // The cache uses another clock, by which the credential may not be due yet.
      const next = await ports.obtain(dueMs + current.lifeMs / 100);
      if (signal.aborted) return;
      if (next.token.reveal() === current.token.reveal()) throw ports.reason() ?? notRenewed();
      await ports.publish(next);
      if (isTold) ports.notice('the credential has been renewed');
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

/** When to warn that a credential cannot be renewed. It is late, so that short commands end before. */
function noticeAt({ expirationMs, lifeMs }: Credential): number {
  return expirationMs - Math.min(5 * 60_000, lifeMs / 2);
}

function lastNotice({ expirationMs }: Credential, end: SourceEnd): string {
  const because = end.isCredential
    ? `it is ${end.name}`
    : `${end.name} expires at ${isoTime(end.atMs)}`;
  return `warning: the credential expires at ${isoTime(expirationMs)} and cannot be renewed, because ${because}; ${end.hint}`;
}

/** Formats the line that says until when a credential can be renewed; nothing is wrong yet. */
export function limitLine({ name, atMs, isCredential, hint }: SourceEnd): string {
  const what = isCredential ? 'the credential' : 'renewal';
  return `note: ${what} ends at ${isoTime(atMs)}, with ${name}; if the job runs longer, ${hint}`;
}

function dueAt({ expirationMs, lifeMs }: Credential, refreshBeforeMs: number | undefined): number {
  return expirationMs + reportedEarlyMs({ lifeMs }) - renewalMs(lifeMs, refreshBeforeMs);
}

/**
 * The wait before the next attempt: at most a tenth of the life, so that a short-lived credential survives
 * a short outage. One attempt starts as the last minute begins, so that its failure is reported.
 */
function retryMs(failures: number, { lifeMs }: Credential, leftMs: number, random: number): number {
  const wanted = Math.min(backoffMs[failures] ?? longestBackoffMs, Math.max(1000, lifeMs / 10));
  const usual = wanted * (0.8 + 0.4 * random);
  const untilWarning = leftMs - warningMs + 1;
  return untilWarning > 0 ? Math.min(usual, Math.max(1000, untilWarning)) : usual;
}

/** Another process is renewing the credential and has not finished. */
function notRenewed(): DexchangeError {
  return new DexchangeError('server_busy', 'another process is renewing the credential', {
    hint: 'run `dexchange get-token --explain` with the same settings if this continues',
  });
}

function warning(leftMs: number, message: string): string {
  const end = leftMs > 0 ? `expires in ${formatDuration(leftMs)}` : 'has expired';
  return `warning: the credential ${end} and cannot be renewed: ${message}`;
}

/** Waits in steps, by the wall clock; returns false if the signal aborted. */
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
