import { createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { CompactSign, exportJWK, type JWK } from 'jose';

export interface SigningKeys {
  /** A JWK Set (RFC 7517) of the active key and all former keys, in this order. */
  readonly jwks: () => Promise<{ keys: JWK[] }>;
  /** Signs claims with RS256; `foreign` signs with an unpublished key under the same key id. */
  readonly sign: (
    claims: Readonly<Record<string, unknown>>,
    options?: { readonly header?: Readonly<Record<string, unknown>>; readonly foreign?: boolean },
  ) => Promise<string>;
  /** Makes a new key active; like Dex and Keycloak, keeps the old one for verification. */
  readonly rotate: () => Promise<void>;
}

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** Creates the RSA keys (2048 bits) of an issuer, in memory. */
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
