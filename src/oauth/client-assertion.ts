import { importJWK, importPKCS8, type JWK, SignJWT } from 'jose';
import { DexchangeError } from '../errors.ts';
import { Secret } from '../secret.ts';

/** The claims of a client assertion; times in seconds since the epoch. */
export interface AssertionClaims {
  readonly clientId: string;
  /** The issuer if known, else the token endpoint (RFC 7523, section 3, and its 2025 update). */
  readonly audience: string;
  readonly nowSeconds: number;
  readonly jwtId: string;
}

/**
 * Allows for a busy IdP and a small clock offset, but limits how long a stolen assertion is valid.
 */
const lifetimeSeconds = 60;

/**
 * Signs the client assertion for `private_key_jwt` (RFC 7523, section 2.2; OpenID Connect Core,
 * section 9).
 * @param key a PKCS#8 PEM, or a JWK, whose `alg` and `kid` go into the header
 * @throws DexchangeError setting_invalid if the key is not usable; the error contains no part of it
 */
export async function signClientAssertion(key: Secret, claims: AssertionClaims): Promise<Secret> {
  const { alg, kid, signer } = await loadKey(key);
  try {
    return new Secret(
      await new SignJWT()
        .setProtectedHeader(kid === undefined ? { alg, typ: 'JWT' } : { alg, kid, typ: 'JWT' })
        .setIssuer(claims.clientId)
        .setSubject(claims.clientId)
        .setAudience(claims.audience)
        .setJti(claims.jwtId)
        .setIssuedAt(claims.nowSeconds)
        .setExpirationTime(claims.nowSeconds + lifetimeSeconds)
        .sign(signer),
    );
  } catch {
    throw unusableKey();
  }
}

type Signer = Parameters<SignJWT['sign']>[0];

async function loadKey(
  key: Secret,
): Promise<{ alg: string; kid: string | undefined; signer: Signer }> {
  const text = key.reveal().trim();
  try {
    if (text.startsWith('{')) {
      const jwk = JSON.parse(text) as JWK;
      const alg = jwk.alg ?? jwkAlgorithm(jwk);
      return { alg, kid: jwk.kid, signer: (await importJWK(jwk, alg)) as Signer };
    }
    return await loadPem(text);
  } catch {
    throw unusableKey();
  }
}

function jwkAlgorithm(jwk: JWK): string {
  const curves: Readonly<Record<string, string>> = {
    'P-256': 'ES256',
    'P-384': 'ES384',
    'P-521': 'ES512',
    Ed25519: 'EdDSA',
  };
  return (jwk.crv === undefined ? undefined : curves[jwk.crv]) ?? 'RS256';
}

// A PEM does not name its algorithm, and importPKCS8 rejects an algorithm that does not fit the
// key.
async function loadPem(text: string): Promise<{ alg: string; kid: undefined; signer: Signer }> {
  let failure: unknown;
  for (const alg of ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA']) {
    try {
      return { alg, kid: undefined, signer: await importPKCS8(text, alg) };
    } catch (cause) {
      failure = cause;
    }
  }
  throw failure;
}

// The error has no cause, because a parser's message can contain a part of the key.
function unusableKey(): DexchangeError {
  return new DexchangeError(
    'setting_invalid',
    '--idp-private-key-file is not a usable private key',
    {
      hint: 'provide an unencrypted PKCS#8 PEM (BEGIN PRIVATE KEY) or a JWK; convert other formats with `openssl pkcs8 -topk8 -nocrypt`',
    },
  );
}
