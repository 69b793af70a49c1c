import type { Instant } from '../ports.ts';
import { Secret } from '../secret.ts';
import { readInstant } from './instant.ts';
import type { EntryKey } from './key.ts';
import { openRecord, sealRecord } from './record.ts';

/** What the clear header of every file says, for people who list the cache. */
export interface Label {
  readonly dex: string;
  readonly connector: string;
}

/** A cached credential: whose, since when, and how long it was good for then, in milliseconds. */
export interface Entry extends Label {
  readonly obtained: Instant;
  readonly lifeMs: number;
  readonly token: Secret;
}

/** The bytes of a credential's file. */
export function sealEntry(key: EntryKey, entry: Entry): Buffer {
  const { token, ...clear } = entry;
  return sealRecord(key, { header: { kind: 'token', ...clear }, payload: token.reveal() });
}

/** The credential in a file's bytes; undefined if they are anything else. */
export function openEntry(key: EntryKey, file: Buffer): Entry | undefined {
  const record = openRecord(key, file);
  if (record?.header['kind'] !== 'token') return undefined;
  const { dex, connector, lifeMs } = record.header;
  const obtained = readInstant(record.header['obtained']);
  if (typeof dex !== 'string' || typeof connector !== 'string') return undefined;
  if (obtained === undefined || typeof lifeMs !== 'number' || !(lifeMs > 0)) return undefined;
  return { dex, connector, obtained, lifeMs, token: new Secret(record.payload) };
}
