import type { FileEntry } from './file-entry.ts';
import {
  goArch,
  isForMinimalImages,
  type Platform,
  platformLabel,
  type ReleaseBinary,
} from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';

/** A format of packages that nfpm writes. */
export type PackageFormat = 'deb' | 'rpm' | 'apk';

/**
 * The formats for a binary: deb and rpm for systems with glibc, apk for Alpine, whose C library is
 * musl.
 */
export function packageFormats(binary: Platform): readonly PackageFormat[] {
  if (binary.os !== 'linux' || isForMinimalImages(binary)) return [];
  return binary.libc === 'musl' ? ['apk'] : ['deb', 'rpm'];
}

/** The name of the package of a binary. */
export function systemPackageName(
  version: string,
  binary: Platform,
  format: PackageFormat,
): string {
  return `dexchange_${version}_${platformLabel(binary)}.${format}`;
}

/** What Node needs: https://github.com/nodejs/node/blob/v24.x/BUILDING.md#platform-list */
const requirements = {
  deb: { depends: ['libc6 (>= 2.28)', 'libstdc++6 (>= 8)', 'libgcc-s1 | libgcc1'] },
  rpm: { depends: ['glibc >= 2.28', 'libstdc++', 'libgcc'] },
  apk: { depends: ['libstdc++'] },
} as const satisfies Record<PackageFormat, { readonly depends: readonly string[] }>;

/** A file to install, which is in a folder of this machine. */
interface Installed {
  readonly src: string;
  readonly dst: string;
  readonly file_info: FileInfo;
}

interface FileInfo {
  readonly mode: number;
  readonly owner: 'root';
  readonly group: 'root';
  readonly mtime: string;
}

/**
 * The configuration of nfpm (https://nfpm.goreleaser.com/docs/configuration/).
 * @param entries the files of an archive, which are in `folder`
 */
export function systemPackageConfig(
  info: ReleaseInfo,
  binary: ReleaseBinary,
  format: PackageFormat,
  files: { readonly entries: readonly FileEntry[]; readonly folder: string },
): Readonly<Record<string, unknown>> {
  const mtime = new Date(info.epoch * 1000).toISOString();
  return {
    name: 'dexchange',
    version: info.version,
    arch: goArch(binary),
    platform: 'linux',
    section: 'utils',
    priority: 'optional',
    maintainer: info.maintainer,
    description: info.description,
    license: info.license,
    ...(info.homepage === undefined ? {} : { homepage: info.homepage }),
    mtime,
    depends: requirements[format].depends,
    recommends: format === 'apk' ? [] : ['ca-certificates'],
    // Otherwise the package would contain the name of the machine that makes it.
    rpm: { buildhost: 'dexchange', summary: info.description },
    contents: files.entries
      // The system has the libraries, and keeps them up to date.
      .filter(({ path }) => !path.startsWith('lib/'))
      .map(
        ({ path, executable }): Installed => ({
          src: `${files.folder}/${path}`,
          dst: installedPath(path, format),
          file_info: { mode: executable ? 0o755 : 0o644, owner: 'root', group: 'root', mtime },
        }),
      ),
  };
}

/** Where the system looks for a file of an archive. */
function installedPath(path: string, format: PackageFormat): string {
  // The zsh of Debian does not look into the folder of other systems.
  const debian = path.replace('zsh/site-functions', 'zsh/vendor-completions');
  return `/usr/${format === 'deb' ? debian : path}`;
}
