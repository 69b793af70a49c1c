import { sha256Of } from '../package/sha256.ts';
import { archiveName } from './archive.ts';
import { isForMinimalImages, type Platform, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';

/** An archive with the address from which people download it. */
export interface PublishedArchive {
  readonly binary: Platform;
  readonly url: string;
  /** In lower-case hex. */
  readonly sha256: string;
}

/** What the manifests of package managers say about the project. */
export interface PublishedProject {
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly homepage: string;
}

/**
 * What package managers download: one archive for each system and architecture. They do not
 * distinguish the C libraries of Linux, so they get that for glibc.
 * @param folder has the archives
 */
export async function publishedArchives(
  { version }: Pick<ReleaseInfo, 'version'>,
  downloadUrl: string,
  binaries: readonly ReleaseBinary[],
  folder: string,
): Promise<readonly PublishedArchive[]> {
  return await Promise.all(
    binaries
      .filter((binary) => binary.libc !== 'musl' && !isForMinimalImages(binary))
      .map(async (binary) => {
        const name = archiveName(version, binary);
        const sha256 = await sha256Of(`${folder}/${name}`);
        return { binary, url: `${downloadUrl}/${name}`, sha256 };
      }),
  );
}
