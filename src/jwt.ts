import { parseJsonObject } from './json.ts';

/** The claims of a JWT. Their types are unknown: read them with the functions below. */
export interface JwtClaims {
  readonly [claim: string]: unknown;
}

/** The decoded parts of a JWT; its signature has not been verified. */
export interface DecodedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: JwtClaims;
}

/**
 * Decodes a JWT in compact form (RFC 7519, section 7.2). It does not verify the signature: Dex and
 * the API server do that, while this program only needs the times and the audience of a token.
 * @returns undefined if the text is not three base64url parts, of which the first two are JSON
 *   objects
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

/**
 * The last second of the year 9999. RFC 3339, the format of an ExecCredential, has no later time, and
 * a larger number is a time in milliseconds.
 */
const latestSeconds = 253_402_300_799;

/**
 * A claim in seconds since the epoch (RFC 7519, section 2, NumericDate); undefined if it is not
 * one.
 */
export function numericDate(claims: JwtClaims, name: 'exp' | 'iat' | 'nbf'): number | undefined {
  const value = claims[name];
  return typeof value === 'number' && Math.abs(value) <= latestSeconds ? value : undefined;
}

/** The `aud` claim as a list; a JWT may have a single string instead (RFC 7519, section 4.1.3). */
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
