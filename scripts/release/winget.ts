import { stringify } from 'yaml';
import type { PublishedArchive, PublishedProject } from './published-archive.ts';

const identifier = 'dexchange.dexchange';

/**
 * The three manifests of winget, by file name:
 * https://learn.microsoft.com/windows/package-manager/package/manifest
 */
export function wingetManifests(
  project: PublishedProject,
  archives: readonly PublishedArchive[],
): ReadonlyMap<string, string> {
  const manifest = (type: string, fields: Readonly<Record<string, unknown>>): string =>
    stringify({
      PackageIdentifier: identifier,
      PackageVersion: project.version,
      ...fields,
      ManifestType: type,
      ManifestVersion: '1.6.0',
    });
  return new Map([
    [`${identifier}.yaml`, manifest('version', { DefaultLocale: 'en-US' })],
    [
      `${identifier}.locale.en-US.yaml`,
      manifest('defaultLocale', {
        PackageLocale: 'en-US',
        Publisher: 'dexchange',
        PackageName: 'dexchange',
        PackageUrl: project.homepage,
        License: project.license,
        ShortDescription: project.description,
      }),
    ],
    [
      `${identifier}.installer.yaml`,
      manifest('installer', {
        InstallerType: 'zip',
        NestedInstallerType: 'portable',
        NestedInstallerFiles: [
          { RelativeFilePath: 'dexchange.exe', PortableCommandAlias: 'dexchange' },
        ],
        Installers: archives
          .filter(({ binary }) => binary.os === 'windows')
          .map(({ binary, url, sha256 }) => ({
            Architecture: binary.arch,
            InstallerUrl: url,
            InstallerSha256: sha256.toUpperCase(),
          })),
      }),
    ],
  ]);
}
