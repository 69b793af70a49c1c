import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { type FileEntry, sortedEntries } from './file-entry.ts';

/**
 * Writes a zip file whose bytes depend on the entries and the time only.
 * @param options.mtime seconds since 1970
 */
export async function writeZip(options: {
  readonly file: string;
  readonly entries: readonly FileEntry[];
  readonly mtime: number;
}): Promise<void> {
  const zip = new ZipFile();
  for (const { path, content, executable } of sortedEntries(options.entries)) {
    zip.addBuffer(Buffer.from(content), path, {
      mtime: utcAsLocal(options.mtime),
      // The other format of times has the time of the machine's zone next to that in UTC.
      forceDosTimestamp: true,
      mode: executable ? 0o100755 : 0o100644,
      compressionLevel: 9,
    });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(options.file));
}

/** Zip files contain local times: the time that has in this zone the digits of the given one. */
function utcAsLocal(seconds: number): Date {
  const utc = new Date(seconds * 1000);
  return new Date(
    utc.getUTCFullYear(),
    utc.getUTCMonth(),
    utc.getUTCDate(),
    ...[utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds()],
  );
}
