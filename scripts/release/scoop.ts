import type { PublishedArchive, PublishedProject } from './published-archive.ts';

/** The manifest for a scoop bucket: https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests */
export function scoopManifest(
  project: PublishedProject,
  archives: readonly PublishedArchive[],
): string {
  const architecture = Object.fromEntries(
    archives
      .filter(({ binary }) => binary.os === 'windows')
      .map(({ binary, url, sha256 }) => [
        binary.arch === 'arm64' ? 'arm64' : '64bit',
        { url, hash: sha256 },
      ]),
  );
  const { version, description, homepage, license } = project;
  const manifest = { version, description, homepage, license, architecture, bin: 'dexchange.exe' };
  return `${JSON.stringify(manifest, null, 4)}\n`;
}
