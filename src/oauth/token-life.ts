import { type JwtClaims, numericDate } from '../jwt.ts';

/** How long a token is still valid, by each of its clocks; in milliseconds. */
export interface TokenLife {
  /** Until `exp`, by the server's clock if it is known, or else by the local one. */
  readonly aheadMs: number;
  /** From `iat` to `exp`; infinite without `iat`. */
  readonly issuedForMs: number;
  /** The smaller of both, less the second by which they are rounded; zero or less if it has expired. */
  readonly remainingMs: number;
}

/**
 * Computes how long a JWT is still valid (RFC 7519, sections 4.1.4 and 4.1.6). The lifetime from iat to
 * exp is the upper limit, in case the clock of an ingress, or without a Date header the clock of this
 * machine, is behind.
 * @param nowMs the server's time, or the local one; in milliseconds since the epoch
 * @returns undefined if `exp` is not a time in seconds
 */
export function tokenLife(claims: JwtClaims, nowMs: number): TokenLife | undefined {
  const exp = numericDate(claims, 'exp');
  if (exp === undefined) return undefined;
  const iat = numericDate(claims, 'iat');
  const issuedForMs = iat === undefined ? Number.POSITIVE_INFINITY : (exp - iat) * 1000;
  const aheadMs = exp * 1000 - nowMs;
  const leastMs = Math.min(aheadMs, issuedForMs);
  // Date and iat are rounded down to whole seconds, so the server's time can be up to a second later.
  return {
    aheadMs,
    issuedForMs,
    remainingMs: leastMs <= 0 ? leastMs : Math.max(1, leastMs - 1000),
  };
}
