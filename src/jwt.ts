import { parseJsonObject } from './json.ts';

/** The claims of a JWT that this program reads by type; all others stay `unknown`. */
export interface JwtClaims {
  readonly [claim: string]: unknown;
}

export interface DecodedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: JwtClaims;
}

/**
 * The header and claims of a JWT in compact form (RFC 7519, 7.2), unverified; undefined if the
 * text is not three base64url parts of which the first two are JSON objects. No signature check:
 * verification is Dex's and the API server's part, we only read when a token ends and whom it is for.
 */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const parts = token.split('.');
  const [head, body, signature] = parts;
  if (parts.length !== 3 || !head || !body || !signature) return undefined;
  const header = decodePart(head);
  const claims = decodePart(body);
  if (header === undefined || claims === undefined) return undefined;
  if (!base64url.test(signature)) return undefined;
  return { header, claims };
}

/** The last moment that a JavaScript date can hold; NaN and infinities are beyond it too. */
const latestSeconds = 8.64e12;

/** A claim that must be a number of seconds since the epoch (RFC 7519, 2: NumericDate). */
export function numericDate(claims: JwtClaims, name: 'exp' | 'iat' | 'nbf'): number | undefined {
  const value = claims[name];
  return typeof value === 'number' && Math.abs(value) <= latestSeconds ? value : undefined;
}

/** The `aud` claim as a list, whichever of its two forms it has (RFC 7519, 4.1.3). */
export function audiences(claims: JwtClaims): readonly string[] {
  const { aud } = claims;
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) ? aud.filter((item) => typeof item === 'string') : [];
}

const base64url = /^[A-Za-z0-9_-]+$/;

function decodePart(part: string): Record<string, unknown> | undefined {
  if (!base64url.test(part)) return undefined;
  return parseJsonObject(Buffer.from(part, 'base64url').toString('utf8'));
}
