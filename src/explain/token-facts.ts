import { createHash } from 'node:crypto';
import { formatDuration } from '../duration.ts';
import { isoTime } from '../http/date.ts';
import { decodeJwt, type JwtClaims, numericDate } from '../jwt.ts';
import type { Secret } from '../secret.ts';
import { cleanJson } from './display.ts';

/** What a report says about a token: never the token itself or its signature. */
export type TokenFacts = JwtFacts | OpaqueFacts;

export interface JwtFacts {
  readonly form: 'jwt';
  /** In characters. */
  readonly length: number;
  /** The first 12 hexadecimal digits of the token's SHA-256, to compare tokens across logs. */
  readonly sha256: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: JwtClaims;
  readonly times: readonly TokenTime[];
}

/** Has no hash, because an opaque token may be short enough to be guessed from it. */
export interface OpaqueFacts {
  readonly form: 'opaque';
  readonly length: number;
}

/** A time claim of a JWT, and whether it allows the token to be used now. */
export interface TokenTime {
  readonly claim: 'exp' | 'nbf' | 'iat';
  /** RFC 3339, UTC. */
  readonly at: string;
  /** For people, such as `expires in 4 min 58 s`. */
  readonly words: string;
  /** Whether the claim is satisfied: `exp` is in the future, `nbf` and `iat` are in the past. */
  readonly holds: boolean;
}

/** Describes a token; `nowMs` is in milliseconds since the epoch. */
export function tokenFacts(token: Secret, nowMs: number): TokenFacts {
  const text = token.reveal();
  const jwt = decodeJwt(text);
  if (jwt === undefined) return { form: 'opaque', length: text.length };
  return {
    form: 'jwt',
    length: text.length,
    sha256: createHash('sha256').update(text).digest('hex').slice(0, 12),
    header: cleanJson(jwt.header) as Record<string, unknown>,
    claims: cleanJson(jwt.claims) as JwtClaims,
    times: tokenTimes(jwt.claims, nowMs),
  };
}

const timeClaims = [
  ['iat', { future: 'issued', past: 'issued' }],
  ['nbf', { future: 'not valid before', past: 'valid since' }],
  ['exp', { future: 'expires', past: 'expired' }],
] as const;

/**
 * Compares the times of a JWT (RFC 7519, sections 4.1.4 to 4.1.6) with `nowMs`, without leeway for
 * clock differences. Dex allows five minutes for `nbf` and none for `exp`.
 */
function tokenTimes(claims: JwtClaims, nowMs: number): readonly TokenTime[] {
  const times: TokenTime[] = [];
  for (const [claim, verbs] of timeClaims) {
    const seconds = numericDate(claims, claim);
    if (seconds === undefined) continue;
    const aheadMs = seconds * 1000 - nowMs;
    const isFuture = aheadMs > 0;
    const duration = formatDuration(aheadMs);
    times.push({
      claim,
      at: isoTime(seconds * 1000),
      words: isFuture ? `${verbs.future} in ${duration}` : `${verbs.past} ${duration} ago`,
      holds: claim === 'exp' ? isFuture : !isFuture,
    });
  }
  return times;
}
