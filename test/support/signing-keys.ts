import { createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { CompactSign, exportJWK, type JWK } from 'jose';

export interface SigningKeys {
  /** A JWK Set (RFC 7517) of every key that was ever active, the active one first. */
  readonly jwks: () => Promise<{ keys: JWK[] }>;
  /** The claims as they are, signed RS256; `foreign` uses a key of the same id that is not ours. */
  readonly sign: (
    claims: Readonly<Record<string, unknown>>,
    options?: { readonly header?: Readonly<Record<string, unknown>>; readonly foreign?: boolean },
  ) => Promise<string>;
  /** The active key becomes a verification key only, as Dex and Keycloak rotate. */
  readonly rotate: () => Promise<void>;
}

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** RSA keys of an issuer, 2048 bits, made in memory. */
export async function createSigningKeys(): Promise<SigningKeys> {
  let keys: readonly [Key, ...Key[]] = [await generateKey()];
  let foreign: Key | undefined;

  return {
    async jwks() {
      const jwks = keys.map(async ({ id, privateKey }) => ({
        ...(await exportJWK(createPublicKey(privateKey))),
        use: 'sig',
        alg: 'RS256',
        kid: id,
      }));
      return { keys: await Promise.all(jwks) };
    },
    async sign(claims, options = {}) {
      const active = keys[0];
      if (options.foreign === true) foreign ??= await generateKey();
      const { privateKey } = options.foreign === true && foreign !== undefined ? foreign : active;
      return await new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'RS256', kid: active.id, ...options.header })
        .sign(privateKey);
    },
    async rotate() {
      keys = [await generateKey(), ...keys];
    },
  };
}

async function generateKey(): Promise<Key> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { id: randomUUID().replaceAll('-', ''), privateKey };
}
