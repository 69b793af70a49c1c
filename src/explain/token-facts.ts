import { createHash } from 'node:crypto';
import { decodeJwt, type JwtClaims } from '../jwt.ts';
import type { Secret } from '../secret.ts';
import { cleanJson } from './clean-json.ts';
import { type TokenTime, tokenTimes } from './token-times.ts';

/** What a report may say of a token: never the token, nor its signature. */
export type TokenFacts = JwtFacts | OpaqueFacts;

export interface JwtFacts {
  readonly form: 'jwt';
  /** In characters. */
  readonly length: number;
  /** The first 12 hexadecimal digits of the token's SHA-256: tells two tokens apart in logs. */
  readonly sha256: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: JwtClaims;
  readonly times: readonly TokenTime[];
}

/** No hash: an opaque token may be short enough to be guessed. */
export interface OpaqueFacts {
  readonly form: 'opaque';
  readonly length: number;
}

/** The facts of a token at a moment in milliseconds since the epoch. */
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
