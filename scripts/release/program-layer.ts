import { archiveEntries } from './archive-entries.ts';
import type { ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import type { TarEntry } from './tar.ts';

/**
 * The files of an archive that an image needs, below /usr/local: the program, its libraries and the
 * licences.
 */
export async function programLayer(
  info: ReleaseInfo,
  binary: ReleaseBinary,
): Promise<readonly TarEntry[]> {
  const entries = await archiveEntries(info.root, info.version, binary);
  return entries
    .filter(({ path }) => /^(bin|lib|share\/doc)\//.test(path))
    .map((entry) => ({ ...entry, path: `usr/local/${entry.path}` }));
}
