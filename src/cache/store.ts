import { randomBytes } from 'node:crypto';
import { sep } from 'node:path';
import type { FileProblem, PrivateFiles } from '../ports.ts';
import { type Entry, openEntry, sealEntry } from './entry.ts';
import { type CachePlace, isFileProblem } from './folder.ts';
import { formatHandout, type Handout, parseHandout } from './handout.ts';
import { type EntryKey, entryKey, type KeyInput, sealingKeyBytes } from './key.ts';
import { maxRecordBytes } from './record.ts';
import { openFailure, type RememberedFailure, sealFailure } from './remembered-failure.ts';

/** The files of one entry. No function throws. */
export interface EntryStore {
  read(): ReadEntry;
  /** Stores the entry; returns the reason if that fails. */
  write(entry: Entry): string | undefined;
  readFailure(): RememberedFailure | undefined;
  writeFailure(failure: RememberedFailure): void;
  readHandout(): Handout | undefined;
  /** Returns whether the marker was written. */
  writeHandout(handout: Handout): boolean;
  readonly lockPath: string;
}

/** The entry in a store, or the reason why there is none. */
export type ReadEntry =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'none'; readonly reason: string };

/** The store of an entry, or the reason why it cannot be used. */
export type OpenedStore =
  | { readonly kind: 'store'; readonly store: EntryStore }
  | { readonly kind: 'none'; readonly reason: string };

const keyFile = 'key';

/** The maximum size of a marker. */
const maxMarkerBytes = 4096;

/**
 * Opens the store of the entry with these key inputs for reading. Creates neither the folder nor the
 * sealing key, so it returns a reason if nothing has been cached yet.
 */
export function openStore(
  place: CachePlace,
  keyInputs: readonly KeyInput[],
  files: PrivateFiles,
): OpenedStore {
  const problem = files.checkFolder(place.leaf, false);
  if (problem !== undefined) return none(problem.absent ? 'no cache yet' : problem.reason);
  const key = readSealingKey(place.keyFolders, files);
  if (key.kind !== 'key') return none(key.reason);
  return opened(place, entryKey(key.bytes, keyInputs), files);
}

/** Opens the store for writing; creates the folder (0700) and the sealing key (0600) if missing. */
export function createStore(
  place: CachePlace,
  keyInputs: readonly KeyInput[],
  files: PrivateFiles,
): OpenedStore {
  const problem = files.checkFolder(place.leaf, true);
  if (problem !== undefined) return none(problem.reason);
  let key = readSealingKey(place.keyFolders, files);
  if (key.kind === 'absent') {
    const reason = createSealingKey(place.keyFolders, files);
    // Several processes can create it at the same time: all of them use the first one.
    key = readSealingKey(place.keyFolders, files);
    if (key.kind === 'absent') return none(reason ?? key.reason);
  }
  if (key.kind === 'unusable') return none(key.reason);
  return opened(place, entryKey(key.bytes, keyInputs), files);
}

function none(reason: string): { readonly kind: 'none'; readonly reason: string } {
  return { kind: 'none', reason };
}

function opened(place: CachePlace, key: EntryKey, files: PrivateFiles): OpenedStore {
  return { kind: 'store', store: storeOf(place, key, files) };
}

function storeOf(place: CachePlace, key: EntryKey, files: PrivateFiles): EntryStore {
  const path = (extension: string): string => within(place.leaf, `${key.name}.${extension}`);
  const read = <T>(
    extension: string,
    maxBytes: number,
    parse: (file: Buffer) => T | undefined,
  ): T | undefined => {
    const bytes = files.read(path(extension), maxBytes);
    return isFileProblem(bytes) ? undefined : parse(bytes);
  };
  return {
    lockPath: path('lock'),
    read() {
      const bytes = files.read(path('entry'), maxRecordBytes);
      if (isFileProblem(bytes)) return none(bytes.absent ? 'not cached yet' : bytes.reason);
      const entry = openEntry(key, bytes);
      if (entry === undefined) return none('the entry is damaged, forged or of another version');
      return { kind: 'entry', entry };
    },
    write: (entry) => files.replace(path('entry'), sealEntry(key, entry))?.reason,
    readFailure: () => read('refusal', maxRecordBytes, (file) => openFailure(key, file)),
    writeFailure: (failure) => void files.replace(path('refusal'), sealFailure(key, failure)),
    readHandout: () => read('asked', maxMarkerBytes, parseHandout),
    writeHandout: (handout) => files.overwrite(path('asked'), formatHandout(handout)) === undefined,
  };
}

type SealingKey =
  | { readonly kind: 'key'; readonly bytes: Buffer }
  | { readonly kind: 'absent'; readonly reason: string }
  /** There is a key that must not be used: no second one is made beside it. */
  | { readonly kind: 'unusable'; readonly reason: string };

function readSealingKey(folders: readonly string[], files: PrivateFiles): SealingKey {
  for (const folder of folders) {
    const path = within(folder, keyFile);
    const bytes = files.read(path, sealingKeyBytes + 1);
    if (!isFileProblem(bytes)) {
      if (bytes.length === sealingKeyBytes) return { kind: 'key', bytes };
      return { kind: 'unusable', reason: `${path} is not a sealing key` };
    }
    if (!bytes.absent) return { kind: 'unusable', reason: bytes.reason };
  }
  return { kind: 'absent', reason: 'no sealing key yet' };
}

/** Creates the sealing key in the first usable folder; returns the reason if there is none. */
function createSealingKey(folders: readonly string[], files: PrivateFiles): string | undefined {
  const bytes = randomBytes(sealingKeyBytes);
  let problem: FileProblem | undefined;
  for (const folder of folders) {
    problem = files.checkFolder(folder, true) ?? files.createOnce(within(folder, keyFile), bytes);
    if (problem === undefined) return undefined;
    // Another process has created a key, so do not create a second one in the next folder.
    if (readSealingKey([folder], files).kind !== 'absent') return undefined;
  }
  return problem?.reason;
}

/**
 * The path of a file in a folder. Not node:path's join: the folders are already normalized, and
 * V8 would compile the loop that normalizes them again during every hit.
 */
function within(folder: string, name: string): string {
  return `${folder}${sep}${name}`;
}
