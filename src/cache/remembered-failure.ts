import { DexchangeError, type ErrorCode, exitCodes } from '../errors.ts';
import type { Instant } from '../ports.ts';
import type { Label } from './entry.ts';
import { elapsedMs, readInstant } from './instant.ts';
import type { EntryKey } from './key.ts';
import { openRecord, sealRecord } from './record.ts';

/**
 * A refusal or an outage, remembered for a moment: kubectl runs a failing plugin five or six times
 * per command, and Dex shall be asked once.
 */
export interface RememberedFailure extends Label {
  readonly obtained: Instant;
  /** For how long the answer is repeated, in milliseconds. */
  readonly lifeMs: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  /** The time the call had that ran into this, if more time might have made a difference. */
  readonly timeoutMs: number | undefined;
}

/** The longest time for which an answer is repeated. */
const longestMs = 10_000;

/** After a renewal failed in the refresh window, nobody tries again for this long. */
const backoffMs = 30_000;

/** Outages end sooner than somebody changes a client's secret. */
const outageMs = 5000;

// Answers of servers, and their silence. Not among them: what the user can mend at once (settings,
// files, commands, certificates), where an old answer would only mislead.
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
 * What is to be remembered of an error, or undefined if it is none of those.
 * @param timeoutMs what the call was granted in all
 */
export function failureToRemember(
  error: DexchangeError,
  origin: Label,
  obtained: Instant,
  timeoutMs: number,
): RememberedFailure | undefined {
  const usualMs = rememberedMs[error.code];
  if (usualMs === undefined) return undefined;
  const lifeMs = Math.min(error.retryAfterMs ?? usualMs, longestMs);
  const { code, message, hint } = error;
  const impatientMs = code === 'server_timeout' ? timeoutMs : undefined;
  return { ...origin, obtained, lifeMs, code, message, hint, timeoutMs: impatientMs };
}

/**
 * What is to be remembered when a credential that can still be used was not renewed: that it was
 * tried. The answer is not repeated to anybody, since it had less time than others would have.
 */
export function failedRenewal(
  error: DexchangeError,
  origin: Label,
  obtained: Instant,
): RememberedFailure {
  const { code, message, hint } = error;
  return { ...origin, obtained, lifeMs: 0, code, message, hint, timeoutMs: undefined };
}

/**
 * The error that a remembered refusal stands for, saying that it is one, how old, and how to ask
 * anew; undefined once it is too old, or for a call that has more time than the one that failed.
 */
export function rememberedError(
  refusal: RememberedFailure,
  now: Instant,
  timeoutMs: number,
): DexchangeError | undefined {
  if (refusal.timeoutMs !== undefined && timeoutMs > refusal.timeoutMs) return undefined;
  const ageMs = elapsedMs(refusal.obtained, now);
  if (ageMs === undefined || ageMs >= refusal.lifeMs) return undefined;
  const seconds = Math.round(ageMs / 1000);
  const leftSeconds = Math.ceil((refusal.lifeMs - ageMs) / 1000);
  const bypass = `this answer is ${seconds} s old and repeated for another ${leftSeconds} s; --no-cache or DEXCHANGE_NO_CACHE=true asks anew`;
  return new DexchangeError(refusal.code, refusal.message, {
    hint: refusal.hint === undefined ? bypass : `${refusal.hint} (${bypass})`,
  });
}

/** Whether a renewal that nobody waits for should be left alone after a failure. */
export function withinBackoff(refusal: RememberedFailure, now: Instant): boolean {
  const ageMs = elapsedMs(refusal.obtained, now);
  return ageMs !== undefined && ageMs < backoffMs;
}

/** Whether a credential was had after a refusal, which so has lost its meaning. */
export function isSuperseded(refusal: RememberedFailure, by: Instant, now: Instant): boolean {
  const refusalAgeMs = elapsedMs(refusal.obtained, now);
  const ageMs = elapsedMs(by, now);
  return refusalAgeMs !== undefined && ageMs !== undefined && refusalAgeMs > ageMs;
}

/** The bytes of a refusal's file; its text is sealed like a credential. */
export function sealFailure(key: EntryKey, refusal: RememberedFailure): Buffer {
  const { code, message, hint, ...clear } = refusal;
  const payload = JSON.stringify({ code, message, hint });
  return sealRecord(key, { header: { kind: 'refusal', ...clear }, payload });
}

/** The refusal in a file's bytes; undefined if they are anything else. */
export function openFailure(key: EntryKey, file: Buffer): RememberedFailure | undefined {
  const record = openRecord(key, file);
  if (record?.header['kind'] !== 'refusal') return undefined;
  const { dex, connector, lifeMs, timeoutMs } = record.header;
  const obtained = readInstant(record.header['obtained']);
  // Authenticated: nobody but this program wrote it.
  const { code, message, hint } = JSON.parse(record.payload) as Record<string, unknown>;
  if (typeof code !== 'string' || !Object.hasOwn(exitCodes, code)) return undefined;
  if (typeof message !== 'string' || obtained === undefined) return undefined;
  if (typeof dex !== 'string' || typeof connector !== 'string') return undefined;
  if (typeof lifeMs !== 'number' || lifeMs > longestMs) return undefined;
  return {
    ...{ dex, connector, obtained, lifeMs, message },
    code: code as ErrorCode,
    hint: typeof hint === 'string' ? hint : undefined,
    timeoutMs: typeof timeoutMs === 'number' ? timeoutMs : undefined,
  };
}
