import { homebrewFormula } from './homebrew.ts';
import { krewManifest } from './krew.ts';
import type { PublishedArchive, PublishedProject } from './published-archive.ts';
import { scoopManifest } from './scoop.ts';
import { wingetManifests } from './winget.ts';

/** The manifests of package managers that have something to install, by path in the release. */
export function packageManagerManifests(
  project: PublishedProject,
  archives: readonly PublishedArchive[],
): ReadonlyMap<string, string> {
  const has = (...systems: readonly string[]): boolean =>
    archives.some(({ binary }) => systems.includes(binary.os));
  const files = new Map<string, string>();
  files.set('manifests/krew/dexchange.yaml', krewManifest(project, archives));
  if (has('linux', 'macos')) {
    files.set('manifests/homebrew/dexchange.rb', homebrewFormula(project, archives));
  }
  if (has('windows')) {
    files.set('manifests/scoop/dexchange.json', scoopManifest(project, archives));
    for (const [name, text] of wingetManifests(project, archives)) {
      files.set(`manifests/winget/${name}`, text);
    }
  }
  return files;
}
