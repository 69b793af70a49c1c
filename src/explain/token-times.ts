import { type JwtClaims, numericDate } from '../jwt.ts';
import { durationWords, utc } from './time-words.ts';

/** One of the times in a JWT, and whether it holds now. */
export interface TokenTime {
  readonly claim: 'exp' | 'nbf' | 'iat';
  /** RFC 3339, UTC. */
  readonly at: string;
  /** In words, such as `ends in 4 min 3 s`. */
  readonly words: string;
  readonly holds: boolean;
}

/**
 * The times of a JWT (RFC 7519, 4.1.4 to 4.1.6) against a moment in milliseconds since the epoch.
 * Strict, with no grace for clocks: Dex gives `nbf` five minutes and `exp` none.
 */
export function tokenTimes(claims: JwtClaims, nowMs: number): readonly TokenTime[] {
  const times: TokenTime[] = [];
  for (const [claim, words] of rows) {
    const seconds = numericDate(claims, claim);
    if (seconds === undefined) continue;
    const aheadMs = seconds * 1000 - nowMs;
    const ahead = aheadMs > 0;
    const when = ahead ? `in ${durationWords(aheadMs)}` : `${durationWords(aheadMs)} ago`;
    times.push({
      claim,
      at: utc(seconds),
      words: `${ahead ? words.ahead : words.past} ${when}`,
      holds: claim === 'exp' ? ahead : !ahead,
    });
  }
  return times;
}

const rows = [
  ['iat', { ahead: 'issued', past: 'issued' }],
  ['nbf', { ahead: 'valid only', past: 'valid since' }],
  ['exp', { ahead: 'ends', past: 'expired' }],
] as const;
