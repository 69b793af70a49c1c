import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from '../secret.ts';
import { type EntryKey, encryptionKey } from './key.ts';

/**
 * A cached credential. Times are local, in milliseconds since the epoch; `dex` and `connector` are
 * for people who list the cache. All but the token stand in the clear, authenticated.
 */
export interface Entry {
  readonly dex: string;
  readonly connector: string;
  readonly obtainedMs: number;
  readonly expiresMs: number;
  readonly token: Secret;
}

// Layout: magic (4), length of the header (4, big endian), header (JSON), salt (16), nonce (12),
// ciphertext, tag (16). Magic, header and the file's name are authenticated, so an entry that is
// renamed, edited or of another version does not open.
const magic = Buffer.from('dxc1');
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** No credential of a sane issuer is larger: API servers limit headers to 1 MiB altogether. */
export const maxEntryBytes = 2 * 1024 * 1024;

/** The bytes of an entry's file. */
export function sealEntry(key: EntryKey, entry: Entry): Buffer {
  const { token, ...clear } = entry;
  const header = Buffer.from(JSON.stringify({ kind: 'token', ...clear }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', encryptionKey(key, salt), nonce);
  const preamble = Buffer.concat([magic, length, header]);
  cipher.setAAD(Buffer.concat([preamble, Buffer.from(key.name)]));
  const sealed = Buffer.concat([cipher.update(token.reveal(), 'utf8'), cipher.final()]);
  return Buffer.concat([preamble, salt, nonce, sealed, cipher.getAuthTag()]);
}

/** The entry in a file's bytes; undefined if they are anything but an entry of this key. */
export function openEntry(key: EntryKey, file: Buffer): Entry | undefined {
  const start = magic.length + 4;
  if (file.length < start || !file.subarray(0, magic.length).equals(magic)) return undefined;
  const headerEnd = start + file.readUInt32BE(magic.length);
  const sealedStart = headerEnd + saltBytes + nonceBytes;
  const sealedEnd = file.length - tagBytes;
  if (sealedEnd < sealedStart) return undefined;
  const salt = file.subarray(headerEnd, headerEnd + saltBytes);
  const nonce = file.subarray(headerEnd + saltBytes, sealedStart);
  try {
    const decipher = createDecipheriv('aes-256-gcm', encryptionKey(key, salt), nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.concat([file.subarray(0, headerEnd), Buffer.from(key.name)]));
    decipher.setAuthTag(file.subarray(sealedEnd));
    const token = Buffer.concat([
      decipher.update(file.subarray(sealedStart, sealedEnd)),
      decipher.final(),
    ]).toString('utf8');
    return readHeader(file.toString('utf8', start, headerEnd), new Secret(token));
  } catch {
    return undefined;
  }
}

function readHeader(text: string, token: Secret): Entry | undefined {
  const header = JSON.parse(text) as Record<string, unknown>;
  const { kind, dex, connector, obtainedMs, expiresMs } = header;
  if (kind !== 'token' || typeof dex !== 'string' || typeof connector !== 'string') {
    return undefined;
  }
  if (typeof obtainedMs !== 'number' || typeof expiresMs !== 'number') return undefined;
  return { dex, connector, obtainedMs, expiresMs, token };
}
