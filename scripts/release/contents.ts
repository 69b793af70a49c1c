import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { platformLabel, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';

/** The name of the listing. */
export const contentsFile = 'CONTENTS.md';

/**
 * A listing of the files in a release, which says what is tested and what is not.
 * @param names the paths of the files in the folder
 */
export async function contentsText(
  info: ReleaseInfo,
  binaries: readonly ReleaseBinary[],
  names: readonly string[],
  folder: string,
): Promise<string> {
  const rows = await Promise.all(
    names.toSorted().map(async (name) => {
      const { size } = await stat(join(folder, name));
      return `| ${name} | ${sizeText(size)} | ${testOf(name)} |`;
    }),
  );
  const programs = binaries.map(
    (binary) => `| ${binary.target} | ${platformLabel(binary)} | ${binary.ran ? 'yes' : 'no'} |`,
  );
  return [
    `# dexchange ${info.version}`,
    '',
    `Made from commit ${info.commit}${info.changed ? ' with local changes' : ''}.`,
    '',
    '| program | in the names of files | the build runs it |',
    '| --- | --- | --- |',
    ...programs,
    '',
    '`npm run test:targets` tests the programs as far as one machine can. `npm run test:release` does with',
    'the files for Linux on x64 what people do with them:',
    '',
    '| file | size | tested |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Which files a test uses, and how; the first row whose pattern matches holds. */
const tests: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/_linux_amd64\.tar\.gz$/, 'installed with tar in a minimal Debian, and run'],
  [/^install\.sh$/, 'as in the repository, where it is run in BusyBox, dash and bash'],
  [/_linux_amd64\.deb$/, 'installed with dpkg in a minimal Debian, run and removed'],
  [/_linux_amd64\.rpm$/, 'read by rpm, not installed'],
  [/\.apk$/, 'not installed; the structure of such a package is checked'],
  [/\.cdx\.json$/, 'one is validated against the schema of CycloneDX'],
  [/^manifests\/krew\//, 'krew installs from it, and the plugin runs'],
  [/^manifests\//, 'not by its package manager, only its form'],
  [/^npm\/dexchange-(?:linux-x64-)?\d/, 'installed with npm, and run with npx'],
  [/_image\.oci\.tar$/, 'unpacked for amd64, and run as the user 65532; not for arm64'],
  [
    /_job-image\.oci\.tar$/,
    'unpacked for amd64, and kubectl runs in it with the program as its plugin; not for arm64',
  ],
  [/_d8-plugin\.oci\.tar$/, 'unpacked for Linux on amd64, and run; not installed by d8'],
  [/\.intoto\.jsonl$/, 'its signature is verified'],
];

function testOf(name: string): string {
  return tests.find(([pattern]) => pattern.test(name))?.[1] ?? 'not tested as a file';
}

function sizeText(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
