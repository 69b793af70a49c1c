import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { buildReleaseTool } from '../../test/e2e/harness/build.ts';
import { sha256Of } from '../package/sha256.ts';
import { writeArchive } from './archive.ts';
import { packagesInBundle } from './bundled-packages.ts';
import { checksumsFile, checksumsText } from './checksums.ts';
import { contentsFile, contentsText } from './contents.ts';
import { installScript } from './install-script.ts';
import { writeJobImage } from './job-image.ts';
import { writeMinimalImage } from './minimal-image.ts';
import { minisignPublicKey } from './minisign.ts';
import { nodeVersions } from './node-versions.ts';
import { writeNpmPackages } from './npm-packages.ts';
import { packageManagerManifests } from './package-manager-manifests.ts';
import { writePluginImage } from './plugin-image.ts';
import { writeProvenance } from './provenance.ts';
import { publishedArchives } from './published-archive.ts';
import { isForMinimalImages, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import { sbomName, sbomOf } from './sbom.ts';
import { signChecksums } from './signature.ts';
import type { SigningKey } from './signing-key.ts';
import { writeSystemPackages } from './system-packages.ts';

/** What to release, and where to. */
export interface ReleasePlan {
  readonly info: ReleaseInfo;
  readonly binaries: readonly ReleaseBinary[];
  /** Undefined if the release stays unsigned. */
  readonly key: SigningKey | undefined;
  /** The URI of who makes the release. */
  readonly builder: string;
  /** The folder to write, which is replaced if it exists. */
  readonly output: string;
  readonly step: (text: string) => void;
}

/** Makes all files of a release; if one fails, the folder stays as it was. */
export async function makeRelease(plan: ReleasePlan): Promise<void> {
  await mkdir(dirname(plan.output), { recursive: true });
  const work = await mkdtemp(join(dirname(plan.output), '.release-'));
  try {
    await writeFiles(plan, work);
    await chmod(work, 0o755);
    await rm(plan.output, { recursive: true, force: true });
    await rename(work, plan.output);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeFiles(plan: ReleasePlan, folder: string): Promise<void> {
  const { info, binaries, key, step } = plan;
  for (const binary of binaries) {
    step(`archive of ${binary.target}`);
    await writeArchive(info, binary, folder);
  }

  const nfpm = await buildReleaseTool('nfpm');
  for (const binary of binaries) {
    const names = await writeSystemPackages(nfpm, info, binary, folder);
    if (names.length > 0) step(`packages of ${binary.target}`);
  }

  const packages = await packagesInBundle(info.root);
  for (const binary of binaries) {
    step(`bill of materials of ${binary.target}`);
    const sbom = await sbomOf(info, binary, packages, await nodeVersions(binary.node));
    const file = join(folder, sbomName(info.version, binary));
    await writeFile(file, `${JSON.stringify(sbom, null, 2)}\n`);
  }

  await writeManifests(plan, folder);

  step('npm packages');
  await mkdir(join(folder, 'npm'));
  await writeNpmPackages(
    info,
    binaries.filter((binary) => !isForMinimalImages(binary)),
    join(folder, 'npm'),
  );

  step('install.sh');
  await writeFile(join(folder, 'install.sh'), await filledInstallScript(plan), { mode: 0o755 });

  step('images');
  const image = await writeMinimalImage(info, binaries, folder);
  if (image === undefined) step('no minimal image, because no target with its libraries is made');
  await writeJobImage(info, binaries, folder);
  await writePluginImage(info, binaries, folder);

  if (info.changed) step('no provenance, because the work tree differs from its commit');
  else {
    const hashes = await hashesOf(folder);
    await writeProvenance({ info, binaries, hashes, builder: plan.builder }, key, folder);
  }

  step(checksumsFile);
  const names = await filesIn(folder);
  await writeFile(join(folder, contentsFile), await contentsText(info, binaries, names, folder));
  await writeFile(join(folder, checksumsFile), checksumsText(await hashesOf(folder)));
  if (key === undefined) step('unsigned, because DEXCHANGE_SIGNING_KEY is not set');
  else await signChecksums(folder, info.version, key);
}

async function filledInstallScript({ info, key }: ReleasePlan): Promise<string> {
  const { root, version, downloadUrl } = info;
  // The second line of the file is what minisign -P takes.
  const publicKey = key && minisignPublicKey(key).split('\n')[1];
  const source = await readFile(join(root, 'install.sh'), 'utf8');
  return installScript(source, { version, downloadUrl, publicKey });
}

/** Writes the manifests of package managers, which contain the address of the archives. */
async function writeManifests(
  { info, binaries, step }: ReleasePlan,
  folder: string,
): Promise<void> {
  const { downloadUrl, homepage = downloadUrl } = info;
  if (downloadUrl === undefined || homepage === undefined) {
    step('no manifests of package managers, because DEXCHANGE_DOWNLOAD_URL is not set');
    return;
  }
  step('manifests of package managers');
  const archives = await publishedArchives(info, downloadUrl, binaries, folder);
  for (const [path, text] of packageManagerManifests({ ...info, homepage }, archives)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The SHA-256 of each file in a folder and its subfolders, by path. */
async function hashesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of await filesIn(folder)) hashes.set(path, await sha256Of(join(folder, path)));
  return hashes;
}

/** The paths of the files in a folder and its subfolders, sorted. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort();
}
