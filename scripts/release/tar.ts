import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { type FileEntry, sortedEntries } from './file-entry.ts';

/** A folder in a tar file. */
export interface FolderEntry {
  readonly path: string;
  readonly folder: true;
  readonly mode?: number;
  /** User and group that own the folder. */
  readonly owner?: number;
}

/** A symbolic link in a tar file. */
export interface LinkEntry {
  readonly path: string;
  readonly link: string;
}

export type TarEntry = FileEntry | FolderEntry | LinkEntry;

/**
 * Writes a tar file whose bytes depend on the entries and the time only: sorted, owned by root
 * unless an entry says otherwise, and with the same time everywhere.
 * @param options.mtime seconds since 1970
 * @param options.gzip whether to compress the file
 */
export async function writeTar(options: {
  readonly file: string;
  readonly entries: readonly TarEntry[];
  readonly mtime: number;
  readonly gzip: boolean;
}): Promise<void> {
  const tar = pack();
  const output = createWriteStream(options.file);
  // The gzip header of zlib has no time and no file name.
  const written = options.gzip
    ? pipeline(tar, createGzip({ level: 9 }), output)
    : pipeline(tar, output);
  const mtime = new Date(options.mtime * 1000);
  for (const entry of sortedEntries(options.entries)) addEntry(tar, entry, mtime);
  tar.finalize();
  await written;
}

function addEntry(tar: Pack, entry: TarEntry, mtime: Date): void {
  const common = { name: entry.path, mtime, uid: 0, gid: 0 };
  if ('folder' in entry) {
    const { mode = 0o755, owner = 0 } = entry;
    tar.entry({ ...common, type: 'directory', mode, uid: owner, gid: owner });
  } else if ('link' in entry) {
    tar.entry({ ...common, type: 'symlink', linkname: entry.link, mode: 0o777 });
  } else {
    tar.entry({ ...common, mode: entry.executable ? 0o755 : 0o644 }, entry.content);
  }
}
