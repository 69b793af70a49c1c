import { createHmac } from 'node:crypto';

/** The size of the random sealing key of a cache, in bytes. */
export const sealingKeyBytes = 32;

/** A named input of the cache key; the name distinguishes equal values of different settings. */
export type KeyInput = readonly [name: string, value: string];

/** Identifies an entry and decrypts it. */
export interface EntryKey {
  /** The file name without extension: 32 hexadecimal digits. */
  readonly name: string;
  /** The secret from which the entry's encryption key is derived; never printed or stored. */
  readonly material: Buffer;
}

const format = 'dexchange cache 1';

/**
 * Derives the key of an entry from the sealing key and every input that can change the token, by
 * HKDF-SHA-256 (RFC 5869) with the inputs as keying material and the sealing key as salt. Without the
 * sealing key, neither the name nor the entry can be used to verify a guessed input.
 */
export function entryKey(sealingKey: Buffer, inputs: readonly KeyInput[]): EntryKey {
  const material = extract(sealingKey, encodeInputs(inputs));
  return { name: expand(material, `${format} name`).toString('hex', 0, 16), material };
}

/** Derives the AES-256-GCM key of an entry; every salt results in another key. */
export function encryptionKey(key: EntryKey, salt: Buffer): Buffer {
  return expand(extract(salt, key.material), `${format} entry`);
}

/** Prefixes names and values with their lengths, so that different lists have different bytes. */
function encodeInputs(inputs: readonly KeyInput[]): Buffer {
  const parts: Buffer[] = [];
  for (const input of inputs) {
    for (const text of input) {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(8);
      length.writeUInt32BE(bytes.length, 4);
      parts.push(length, bytes);
    }
  }
  return Buffer.concat(parts);
}

// The two steps of HKDF as HMAC: node:crypto's hkdfSync returns the same bytes (a test compares
// them), but its setup adds a millisecond to a cache hit.
function extract(salt: Buffer, material: Buffer): Buffer {
  return createHmac('sha256', salt).update(material).digest();
}

/** The first block of the expansion: 32 bytes. */
function expand(key: Buffer, info: string): Buffer {
  return createHmac('sha256', key).update(info).update(firstBlock).digest();
}

const firstBlock = Buffer.from([1]);
