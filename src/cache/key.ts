import { createHash, hkdfSync } from 'node:crypto';

/** Bytes of the random key that seals a cache. */
export const sealingKeyBytes = 32;

/** A named input of the cache key; the name keeps equal values of different settings apart. */
export type KeyInput = readonly [name: string, value: string];

/** What an entry is found and opened by. */
export interface EntryKey {
  /** The file's name, without ending: 32 hexadecimal digits. */
  readonly name: string;
  /** Input of the entry's encryption key. Secret: never shown or stored. */
  readonly material: Buffer;
}

const format = 'dexchange cache 1';

/**
 * The key of an entry: the random sealing key together with every input that can change the token
 * (HKDF-SHA-256, RFC 5869). Without the sealing key neither the name nor the entry verifies a guess
 * of an input.
 */
export function entryKey(sealingKey: Buffer, inputs: readonly KeyInput[]): EntryKey {
  const hash = createHash('sha256');
  for (const [name, value] of inputs) {
    for (const part of [name, value]) {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(bytes.length));
      hash.update(length).update(bytes);
    }
  }
  const material = Buffer.concat([sealingKey, hash.digest()]);
  const name = Buffer.from(hkdfSync('sha256', material, '', `${format} name`, 16)).toString('hex');
  return { name, material };
}

/** The AES-256-GCM key of one entry, new with each salt. */
export function encryptionKey(key: EntryKey, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key.material, salt, `${format} entry`, 32));
}
