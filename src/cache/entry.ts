import type { Instant } from '../ports.ts';
import { Secret } from '../secret.ts';
import { readInstant } from './instant.ts';
import type { EntryKey } from './key.ts';
import { openRecord, sealRecord } from './record.ts';

/** The unencrypted part of every file, which `cache list` prints. */
export interface Label {
  readonly dex: string;
  readonly connector: string;
}

/** A cached credential; it was valid for `lifeMs` milliseconds when it was obtained. */
export interface Entry extends Label {
  readonly obtained: Instant;
  readonly lifeMs: number;
  readonly token: Secret;
}

/** Encrypts a credential and returns the content of its file. */
export function sealEntry(key: EntryKey, entry: Entry): Buffer {
  const { token, ...clear } = entry;
  return sealRecord(key, { header: { kind: 'token', ...clear }, payload: token.reveal() });
}

/** Decrypts the credential in a file; undefined if it is not a valid entry of this key. */
export function openEntry(key: EntryKey, file: Buffer): Entry | undefined {
  const record = openRecord(key, file);
  if (record?.header['kind'] !== 'token') return undefined;
  const { dex, connector, lifeMs } = record.header;
  const obtained = readInstant(record.header['obtained']);
  if (typeof dex !== 'string' || typeof connector !== 'string') return undefined;
  if (obtained === undefined || typeof lifeMs !== 'number' || !(lifeMs > 0)) return undefined;
  return { dex, connector, obtained, lifeMs, token: new Secret(record.payload) };
}
