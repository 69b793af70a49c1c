import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzip } from '../../test/e2e/harness/archive.ts';
import { buildCache } from './build-cache.ts';
import { unpackDebian } from './debian-root.ts';
import { sha256Of } from './sha256.ts';
import { type PackagedFile, packagedFiles } from './targets.ts';

const run = promisify(execFile);

/**
 * Finds a file of a package in node_modules or in the cache of the build; otherwise fetches the
 * package with npm, pip or apt, so from the registry that these are configured to use.
 * @returns the path of the file, whose hash was checked
 * @throws Error if the package cannot be fetched, or the file has another hash than the table says
 */
export async function packagedFile(root: string, file: PackagedFile): Promise<string> {
  if (file.registry === 'npm') {
    const installed = join(root, 'node_modules', file.package, file.path);
    if (await hasHash(installed, file.sha256)) return installed;
  }
  const cached = join(buildCache(), file.sha256);
  if (await hasHash(cached, file.sha256)) return cached;
  await fetchPackage(file);
  if (await hasHash(cached, file.sha256)) return cached;
  const { package: name, version, path, sha256 } = file;
  throw new Error(`${path} of ${name} ${version} does not have the hash ${sha256}`);
}

/** Fetches a package, and puts its files that the table names into the cache, under their hashes. */
async function fetchPackage(file: PackagedFile): Promise<void> {
  await mkdir(buildCache(), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(buildCache(), '.fetch-'));
  try {
    const unpacked = join(folder, 'unpacked');
    await mkdir(unpacked);
    await fetchers[file.registry](file, folder, unpacked);
    const paths = packagedFiles().filter((other) => isSamePackage(other, file));
    for (const { path, sha256 } of paths) {
      const found = join(unpacked, path);
      if (await hasHash(found, sha256)) await rename(found, join(buildCache(), sha256));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Fetch = (file: PackagedFile, folder: string, unpacked: string) => Promise<void>;

const fetchers: Readonly<Record<PackagedFile['registry'], Fetch>> = {
  npm: npmPack,
  pypi: pipDownload,
  debian: ({ package: name, version, platform }, _folder, unpacked) =>
    unpackDebian(`${name}:${platform}=${version}`, unpacked),
};

function isSamePackage(a: PackagedFile, b: PackagedFile): boolean {
  return a.package === b.package && a.version === b.version && a.platform === b.platform;
}

async function npmPack(file: PackagedFile, folder: string, unpacked: string): Promise<void> {
  // Under npm run, the npm that runs the script.
  const npm = process.env['npm_execpath'];
  const command = npm === undefined ? ['npm'] : [process.execPath, npm];
  const [program = '', ...first] = command;
  const pack = ['pack', `${file.package}@${file.version}`, `--pack-destination=${folder}`];
  await run(program, [...first, ...pack, '--silent'], { cwd: folder });
  const archive = join(folder, await soleFile(folder, '.tgz'));
  await run('tar', ['-xzf', archive, '-C', unpacked, '--strip-components=1']);
}

async function pipDownload(file: PackagedFile, folder: string, unpacked: string): Promise<void> {
  const options = ['--no-deps', '--only-binary=:all:', `--platform=${file.platform ?? 'any'}`];
  const what = [`${file.package}==${file.version}`, `--dest=${folder}`, '--quiet'];
  await run('python3', ['-m', 'pip', 'download', ...options, ...what]);
  unzip(join(folder, await soleFile(folder, '.whl')), unpacked);
}

async function soleFile(folder: string, extension: string): Promise<string> {
  const [file, ...others] = (await readdir(folder)).filter((name) => name.endsWith(extension));
  if (file === undefined || others.length > 0) throw new Error(`not one ${extension} in ${folder}`);
  return file;
}

async function hasHash(path: string, sha256: string): Promise<boolean> {
  return existsSync(path) && (await sha256Of(path)) === sha256;
}
