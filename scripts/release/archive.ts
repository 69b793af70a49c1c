import { join } from 'node:path';
import { archiveEntries } from './archive-entries.ts';
import { type Platform, platformLabel, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import { writeTar } from './tar.ts';
import { writeZip } from './zip.ts';

/** The name of the archive of a binary. */
export function archiveName(version: string, binary: Platform): string {
  const extension = binary.os === 'windows' ? 'zip' : 'tar.gz';
  return `dexchange_${version}_${platformLabel(binary)}.${extension}`;
}

/** Writes the archive of a binary into a folder; returns the name of the file. */
export async function writeArchive(
  info: ReleaseInfo,
  binary: ReleaseBinary,
  folder: string,
): Promise<string> {
  const name = archiveName(info.version, binary);
  const entries = await archiveEntries(info.root, info.version, binary);
  const options = { file: join(folder, name), entries, mtime: info.epoch };
  await (binary.os === 'windows' ? writeZip(options) : writeTar({ ...options, gzip: true }));
  return name;
}
