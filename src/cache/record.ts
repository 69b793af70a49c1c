import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { parseJsonObject } from '../json.ts';
import { type EntryKey, encryptionKey } from './key.ts';

/** The content of a sealed file: an authenticated, unencrypted header and an encrypted text. */
export interface SealedRecord {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: string;
}

// Layout: magic (4), length of the header (4, big endian), header (JSON), salt (16), nonce (12),
// ciphertext, tag (16). Magic, header and file name are authenticated, so a file that was renamed or
// edited or that has another version does not open.
const magic = Buffer.from('dxc1');
const headerStart = magic.length + 4;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** The maximum size of a file: API servers accept at most 1 MiB of headers in total. */
export const maxRecordBytes = 2 * 1024 * 1024;

/** Encrypts a record and returns the content of its file. */
export function sealRecord(key: EntryKey, record: SealedRecord): Buffer {
  const header = Buffer.from(JSON.stringify(record.header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', encryptionKey(key, salt), nonce);
  const preamble = Buffer.concat([magic, length, header]);
  cipher.setAAD(Buffer.concat([preamble, Buffer.from(key.name)]));
  const sealed = Buffer.concat([cipher.update(record.payload, 'utf8'), cipher.final()]);
  return Buffer.concat([preamble, salt, nonce, sealed, cipher.getAuthTag()]);
}

/** Decrypts a file; undefined if it is not an unmodified record of this key. */
export function openRecord(key: EntryKey, file: Buffer): SealedRecord | undefined {
  const headerEnd = headerEndOf(file);
  if (headerEnd === undefined) return undefined;
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
    const payload = Buffer.concat([
      decipher.update(file.subarray(sealedStart, sealedEnd)),
      decipher.final(),
    ]).toString('utf8');
    const header = parseHeader(file, headerEnd);
    return header === undefined ? undefined : { header, payload };
  } catch {
    return undefined;
  }
}

/**
 * Reads the header of a sealed file without its key, for listing and clean-up. The header is not
 * authenticated here, so nothing that affects security can depend on it.
 * @param file the whole file, or at least its header
 */
export function peekHeader(file: Buffer): Readonly<Record<string, unknown>> | undefined {
  const headerEnd = headerEndOf(file);
  return headerEnd === undefined ? undefined : parseHeader(file, headerEnd);
}

function headerEndOf(file: Buffer): number | undefined {
  if (file.length < headerStart || !file.subarray(0, magic.length).equals(magic)) return undefined;
  const end = headerStart + file.readUInt32BE(magic.length);
  return end > file.length ? undefined : end;
}

function parseHeader(file: Buffer, headerEnd: number): Record<string, unknown> | undefined {
  return parseJsonObject(file.toString('utf8', headerStart, headerEnd));
}
