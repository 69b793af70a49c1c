import { stringify } from 'yaml';
import type { PublishedArchive, PublishedProject } from './published-archive.ts';
import { goArch, goOs, programFile } from './release-binary.ts';

/**
 * The manifest of krew, the package manager of kubectl plugins:
 * https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
 */
export function krewManifest(
  project: PublishedProject,
  archives: readonly PublishedArchive[],
): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'dexchange' },
    spec: {
      version: `v${project.version}`,
      homepage: project.homepage,
      shortDescription: 'Exchange a CI identity token for a credential',
      description: project.description,
      caveats:
        'krew installs the program as kubectl-dexchange. Use this name for command in users.exec.',
      platforms: archives.map(({ binary, url, sha256 }) => ({
        selector: { matchLabels: { os: goOs(binary), arch: goArch(binary) } },
        uri: url,
        sha256,
        bin: programFile(binary),
        files: installed(binary).map((from) => ({ from, to: '.' })),
      })),
    },
  });
}

/** The files of the archive that krew installs. */
function installed(binary: PublishedArchive['binary']): readonly string[] {
  const program = programFile(binary);
  return binary.os === 'windows'
    ? [program, 'LICENSE']
    : [`bin/${program}`, 'share/doc/dexchange/LICENSE'];
}
