import { createHash } from 'node:crypto';
import { DexchangeError, type ErrorCode, exitCodes } from '../errors.ts';
import type { Instant } from '../ports.ts';
import type { Label } from './entry.ts';
import { elapsedMs, readInstant } from './instant.ts';
import type { EntryKey } from './key.ts';
import { openRecord, sealRecord } from './record.ts';

/**
 * A denial or an outage that is remembered for some seconds. kubectl runs a failing plugin five or
 * six times per command, and only the first run should send a request.
 */
export interface RememberedFailure extends Label {
  readonly obtained: Instant;
  /** How long the error is repeated, in milliseconds. */
  readonly lifeMs: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** The timeout of the failed call, if a longer one could have avoided the failure. */
  readonly timeoutMs: number | undefined;
  /** A digest of the route of the failed call: another proxy could have avoided the failure. */
  readonly route: string;
}

/** The conditions of a call that can decide whether its request fails. */
export interface CallConditions {
  readonly timeoutMs: number;
  /** See CachePolicy. */
  readonly route: string;
}

/** The maximum time for which an error is repeated. */
const longestMs = 10_000;

/** The minimum time between a failed early renewal and the next attempt, if a life is long. */
const longestBackoffMs = 30_000;

/** Outages are repeated for a shorter time, because they can end by themselves. */
const outageMs = 5000;

// Denials and outages of servers only. Errors in settings, files, commands and certificates are not
// remembered, because a remembered error would mislead a user who has just fixed the cause.
const rememberedMs: Partial<Record<ErrorCode, number>> = {
  identity_refused: longestMs,
  idp_client_refused: longestMs,
  idp_refused: longestMs,
  dex_grant_not_enabled: longestMs,
  dex_client_id_encoding: longestMs,
  dex_client_refused: longestMs,
  dex_subject_token_type_refused: longestMs,
  dex_subject_token_missing: longestMs,
  dex_connector_unknown: longestMs,
  dex_connector_not_allowed: longestMs,
  dex_connector_cannot_exchange: longestMs,
  dex_subject_token_refused: longestMs,
  dex_subject_token_expired: longestMs,
  dex_requested_token_type_refused: longestMs,
  dex_audience_untrusted: longestMs,
  dex_refused: longestMs,
  token_not_jwt: longestMs,
  token_without_expiry: longestMs,
  token_expired: longestMs,
  token_wrong_audience: longestMs,
  api_unauthorized: longestMs,
  api_forbidden: longestMs,
  api_missing: longestMs,
  api_refused: longestMs,
  server_unreachable: outageMs,
  server_timeout: outageMs,
  server_busy: outageMs,
  server_nonsense: outageMs,
};

/**
 * Returns what to remember of an error; undefined if errors with its code are not remembered.
 * @param obtained the instant of the error
 * @param call the failed call
 */
export function failureToRemember(
  error: DexchangeError,
  origin: Label,
  obtained: Instant,
  call: CallConditions,
): RememberedFailure | undefined {
  const defaultMs = rememberedMs[error.code];
  if (defaultMs === undefined) return undefined;
  const lifeMs = Math.min(error.retryAfterMs ?? defaultMs, longestMs);
  const { code, message, hint } = error;
  const timeoutMs = code === 'server_timeout' ? call.timeoutMs : undefined;
  const route = digest(call.route);
  return { ...origin, obtained, lifeMs, code, message, hint, timeoutMs, route };
}

/**
 * Returns what to remember if renewing a valid credential early failed. The failure delays the next
 * attempt (`withinBackoff`), but is not repeated as an error, because an early renewal has a shorter
 * timeout than a whole call.
 */
export function failedRenewal(
  error: DexchangeError,
  origin: Label,
  obtained: Instant,
  call: CallConditions,
): RememberedFailure {
  const { code, message, hint } = error;
  const route = digest(call.route);
  return { ...origin, obtained, lifeMs: 0, code, message, hint, timeoutMs: undefined, route };
}

function digest(route: string): string {
  return createHash('sha256').update(route).digest('base64');
}

/**
 * Returns a remembered failure as an error, whose hint contains its age and how to bypass it.
 * @param call the current call
 * @returns undefined if the failure is too old, if it was a timeout and this call has more time, or if
 *   this call has other proxies
 */
export function rememberedError(
  failure: RememberedFailure,
  now: Instant,
  call: CallConditions,
): DexchangeError | undefined {
  if (failure.route !== digest(call.route)) return undefined;
  if (failure.timeoutMs !== undefined && call.timeoutMs > failure.timeoutMs) return undefined;
  const ageMs = elapsedMs(failure.obtained, now);
  if (ageMs === undefined || ageMs >= failure.lifeMs) return undefined;
  const seconds = Math.round(ageMs / 1000);
  const leftSeconds = Math.ceil((failure.lifeMs - ageMs) / 1000);
  const bypass = `this error is ${seconds} s old and repeated for another ${leftSeconds} s; to try again now, set --no-cache or DEXCHANGE_NO_CACHE=true`;
  return new DexchangeError(failure.code, failure.message, {
    hint: `${failure.hint} (${bypass})`,
  });
}

/**
 * Whether it is too early for another early renewal after a failure with the same proxies: it is for
 * 30 s, but at most for a twentieth of the credential's life, so that a short one is renewed in time.
 * @param lifeMs the life of the credential that is due, in milliseconds
 */
export function withinBackoff(
  failure: RememberedFailure,
  now: Instant,
  call: CallConditions,
  lifeMs: number,
): boolean {
  if (failure.route !== digest(call.route)) return false;
  const ageMs = elapsedMs(failure.obtained, now);
  return ageMs !== undefined && ageMs < Math.min(longestBackoffMs, lifeMs / 20);
}

/** Whether a credential was obtained after the failure, which is therefore obsolete. */
export function isSuperseded(failure: RememberedFailure, obtained: Instant, now: Instant): boolean {
  const failureAgeMs = elapsedMs(failure.obtained, now);
  const ageMs = elapsedMs(obtained, now);
  return failureAgeMs !== undefined && ageMs !== undefined && failureAgeMs > ageMs;
}

/** Encrypts a failure and returns the content of its file. */
export function sealFailure(key: EntryKey, failure: RememberedFailure): Buffer {
  const { code, message, hint, route, ...clear } = failure;
  const payload = JSON.stringify({ code, message, hint, route });
  return sealRecord(key, { header: { kind: 'refusal', ...clear }, payload });
}

/** Decrypts the failure in a file; undefined if it is not a valid failure of this key. */
export function openFailure(key: EntryKey, file: Buffer): RememberedFailure | undefined {
  const record = openRecord(key, file);
  if (record?.header['kind'] !== 'refusal') return undefined;
  const { dex, connector, lifeMs, timeoutMs } = record.header;
  const obtained = readInstant(record.header['obtained']);
  // The payload is authenticated JSON of this program, so parsing it cannot fail.
  const { code, message, hint, route } = JSON.parse(record.payload) as Record<string, unknown>;
  if (typeof code !== 'string' || !Object.hasOwn(exitCodes, code)) return undefined;
  if (typeof message !== 'string' || typeof hint !== 'string') return undefined;
  if (typeof route !== 'string') return undefined;
  if (obtained === undefined) return undefined;
  if (typeof dex !== 'string' || typeof connector !== 'string') return undefined;
  if (typeof lifeMs !== 'number' || lifeMs > longestMs) return undefined;
  return {
    ...{ dex, connector, obtained, lifeMs, message, hint, route },
    code: code as ErrorCode,
    timeoutMs: typeof timeoutMs === 'number' ? timeoutMs : undefined,
  };
}
