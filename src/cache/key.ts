import { createHmac } from 'node:crypto';

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
 * The key of an entry: the random sealing key together with every input that can change the token,
 * by HKDF-SHA-256 (RFC 5869) with the inputs as keying material and the sealing key as salt. Without
 * the sealing key neither the name nor the entry verifies a guess of an input.
 */
export function entryKey(sealingKey: Buffer, inputs: readonly KeyInput[]): EntryKey {
  const material = extract(sealingKey, joined(inputs));
  return { name: expand(material, `${format} name`).toString('hex', 0, 16), material };
}

/** The AES-256-GCM key of one entry, new with each salt. */
export function encryptionKey(key: EntryKey, salt: Buffer): Buffer {
  return expand(extract(salt, key.material), `${format} entry`);
}

/** Names and values with their lengths, so that no two lists of inputs join to the same bytes. */
function joined(inputs: readonly KeyInput[]): Buffer {
  const parts: Buffer[] = [];
  for (const input of inputs) {
    for (const text of input) {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(8);
      length.writeUIntBE(bytes.length, 2, 6);
      parts.push(length, bytes);
    }
  }
  return Buffer.concat(parts);
}

// HKDF by its two steps, as HMAC: node:crypto's hkdfSync gives the same bytes (a test compares),
// but setting it up takes a cache hit a millisecond.
function extract(salt: Buffer, material: Buffer): Buffer {
  return createHmac('sha256', salt).update(material).digest();
}

/** One block, 32 bytes, of the expansion. */
function expand(key: Buffer, info: string): Buffer {
  return createHmac('sha256', key).update(info).update(firstBlock).digest();
}

const firstBlock = Buffer.from([1]);
