import { randomBytes } from 'node:crypto';
import { sep } from 'node:path';
import type { FileProblem, PrivateFiles } from '../ports.ts';
import { type Entry, openEntry, sealEntry } from './entry.ts';
import { type CachePlace, isFileProblem } from './folder.ts';
import { formatHandout, type Handout, parseHandout } from './handout.ts';
import { type EntryKey, entryKey, type KeyInput, sealingKeyBytes } from './key.ts';
import { maxRecordBytes } from './record.ts';
import { openFailure, type RememberedFailure, sealFailure } from './remembered-failure.ts';

/** The files of one entry. Nothing here throws; trouble is a reason in words, or nothing. */
export interface EntryStore {
  /** The credential, or why there is none. */
  read(): Entry | string;
  /** Undefined if it is stored, or why it is not. */
  write(entry: Entry): string | undefined;
  readFailure(): RememberedFailure | undefined;
  writeFailure(refusal: RememberedFailure): void;
  readHandout(): Handout | undefined;
  /** Whether it is written. */
  writeHandout(asked: Handout): boolean;
  readonly lockPath: string;
}

const keyFile = 'key';

/** No marker of ours is larger. */
const maxMarkerBytes = 4096;

/**
 * The store of the entry with these inputs, for reading alone: it makes no folder and no key, so
 * where nothing was cached yet it tells why.
 */
export function openStore(
  place: CachePlace,
  inputs: readonly KeyInput[],
  files: PrivateFiles,
): EntryStore | string {
  const folder = files.checkFolder(place.leaf, false);
  if (folder !== undefined) return folder.absent ? 'no cache yet' : folder.reason;
  const sealingKey = readSealingKey(place, files);
  if (typeof sealingKey === 'string') return sealingKey;
  return storeOf(place, entryKey(sealingKey, inputs), files);
}

/** The same, making the folder (0700) and the sealing key (0600) where they are missing. */
export function createStore(
  place: CachePlace,
  inputs: readonly KeyInput[],
  files: PrivateFiles,
): EntryStore | string {
  const trouble = files.checkFolder(place.leaf, true);
  if (trouble !== undefined) return trouble.reason;
  let sealingKey = readSealingKey(place, files);
  if (typeof sealingKey === 'string') {
    const reason = createSealingKey(place, files);
    // Whoever came first has made it: all read the one that stands.
    sealingKey = readSealingKey(place, files);
    if (typeof sealingKey === 'string') return reason ?? sealingKey;
  }
  return storeOf(place, entryKey(sealingKey, inputs), files);
}

function storeOf(place: CachePlace, key: EntryKey, files: PrivateFiles): EntryStore {
  const path = (ending: string): string => within(place.leaf, `${key.name}.${ending}`);
  const read = <T>(
    ending: string,
    maxBytes: number,
    parse: (file: Buffer) => T | undefined,
  ): T | undefined => {
    const bytes = files.read(path(ending), maxBytes);
    return isFileProblem(bytes) ? undefined : parse(bytes);
  };
  return {
    lockPath: path('lock'),
    read() {
      const bytes = files.read(path('entry'), maxRecordBytes);
      if (isFileProblem(bytes)) return bytes.absent ? 'not cached yet' : bytes.reason;
      return openEntry(key, bytes) ?? 'the entry is damaged, forged or of another version';
    },
    write: (entry) => files.replace(path('entry'), sealEntry(key, entry))?.reason,
    readFailure: () => read('refusal', maxRecordBytes, (file) => openFailure(key, file)),
    writeFailure: (refusal) => void files.replace(path('refusal'), sealFailure(key, refusal)),
    readHandout: () => read('asked', maxMarkerBytes, parseHandout),
    writeHandout: (asked) => files.overwrite(path('asked'), formatHandout(asked)) === undefined,
  };
}

function readSealingKey(place: CachePlace, files: PrivateFiles): Buffer | string {
  let reason = 'no sealing key yet';
  for (const folder of place.keyFolders) {
    const bytes = files.read(within(folder, keyFile), sealingKeyBytes + 1);
    if (isFileProblem(bytes)) {
      if (!bytes.absent) reason = bytes.reason;
      continue;
    }
    if (bytes.length === sealingKeyBytes) return bytes;
    reason = `${within(folder, keyFile)} is not a sealing key`;
  }
  return reason;
}

/** Undefined if there is one now, or why there is none in the last of the folders. */
function createSealingKey(place: CachePlace, files: PrivateFiles): string | undefined {
  const bytes = randomBytes(sealingKeyBytes);
  let trouble: FileProblem | undefined;
  for (const folder of place.keyFolders) {
    trouble = files.checkFolder(folder, true) ?? files.createOnce(within(folder, keyFile), bytes);
    if (trouble === undefined) return undefined;
    // Another process was quicker: a key in the next folder would be a second one.
    const standing = readSealingKey({ ...place, keyFolders: [folder] }, files);
    if (typeof standing !== 'string') return undefined;
  }
  return trouble?.reason;
}

/**
 * A file of a folder. Not by node:path's join: the folders are in its form already, and walking over
 * them letter by letter again makes V8 compile that loop while a hit waits.
 */
function within(folder: string, name: string): string {
  return `${folder}${sep}${name}`;
}
