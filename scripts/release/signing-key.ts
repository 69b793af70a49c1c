import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/** A key that signs releases. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The 32 bytes of the public key (RFC 8032). */
  readonly publicBytes: Buffer;
}

/**
 * Reads the Ed25519 key in the variable `DEXCHANGE_SIGNING_KEY`: a private key as PEM, or the path of
 * a file with one. Ed25519 signatures are deterministic, and openssl and minisign verify them.
 * @returns undefined if the variable is not set
 * @throws Error if it contains something else; the message does not repeat the value
 */
export function signingKey(
  env: Readonly<Record<string, string | undefined>>,
): SigningKey | undefined {
  const given = env['DEXCHANGE_SIGNING_KEY'];
  if (!given) return undefined;
  const pem = given.includes('-----BEGIN') ? given : textOf(given);
  const privateKey = parsed(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Error(
      `DEXCHANGE_SIGNING_KEY is a key of type ${privateKey.asymmetricKeyType}, not ed25519; ${advice}`,
    );
  }
  const publicKey = createPublicKey(privateKey);
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return { privateKey, publicKey, publicBytes: Buffer.from(x, 'base64url') };
}

const advice = 'create one with `openssl genpkey -algorithm ed25519 -out signing-key.pem`';

function textOf(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw new Error(`DEXCHANGE_SIGNING_KEY is neither a PEM private key nor an existing file`);
}

function parsed(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`DEXCHANGE_SIGNING_KEY is not an unencrypted PEM private key; ${advice}`);
  }
}
