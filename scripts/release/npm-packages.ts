import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { archiveEntries } from './archive-entries.ts';
import type { FileEntry } from './file-entry.ts';
import { programFile, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import { writeTar } from './tar.ts';

/** Platforms by the names that npm uses in `os`. */
const npmSystems = { linux: 'linux', macos: 'darwin', windows: 'win32' } as const;

/** The name of the npm package with a binary. */
export function platformPackageName({ target }: Pick<ReleaseBinary, 'target'>): string {
  return `dexchange-${target}`;
}

/**
 * Writes the npm packages into a folder: `dexchange`, and one for each binary, of which npm installs
 * only that for the platform.
 * @returns the names of the files
 */
export async function writeNpmPackages(
  info: ReleaseInfo,
  binaries: readonly ReleaseBinary[],
  folder: string,
): Promise<readonly string[]> {
  const write = async (manifest: NpmManifest, files: readonly FileEntry[]): Promise<string> => {
    const file = `${manifest.name}-${manifest.version}.tgz`;
    const all = [{ path: 'package.json', content: `${JSON.stringify(manifest, null, 2)}\n` }];
    await writeTar({
      file: join(folder, file),
      entries: [...all, ...files].map((entry) => ({ ...entry, path: `package/${entry.path}` })),
      mtime: info.epoch,
      gzip: true,
    });
    return file;
  };
  const names = [await write(mainManifest(info, binaries), await mainFiles(info.root))];
  for (const binary of binaries) {
    names.push(await write(platformManifest(info, binary), await platformFiles(info, binary)));
  }
  return names;
}

/** The fields of package.json (https://docs.npmjs.com/cli/configuring-npm/package-json). */
interface NpmManifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

function mainManifest(info: ReleaseInfo, binaries: readonly ReleaseBinary[]): NpmManifest {
  return {
    name: 'dexchange',
    version: info.version,
    ...described(info),
    bin: { dexchange: 'dexchange.mjs' },
    engines: { node: '>=18' },
    optionalDependencies: Object.fromEntries(
      binaries.map((binary) => [platformPackageName(binary), info.version]),
    ),
  };
}

function platformManifest(info: ReleaseInfo, binary: ReleaseBinary): NpmManifest {
  return {
    name: platformPackageName(binary),
    version: info.version,
    ...described(info),
    os: [npmSystems[binary.os]],
    cpu: [binary.arch],
    ...(binary.libc === undefined ? {} : { libc: [binary.libc] }),
  };
}

function described({ description, license, homepage }: ReleaseInfo): Record<string, unknown> {
  return { description, license, ...(homepage === undefined ? {} : { homepage }) };
}

async function mainFiles(root: string): Promise<readonly FileEntry[]> {
  const source = await readFile(join(import.meta.dirname, 'npm-launcher.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node18' });
  return [
    { path: 'dexchange.mjs', content: code, executable: true },
    { path: 'README.md', content: await readFile(join(root, 'README.md')) },
    { path: 'LICENSE', content: await readFile(join(root, 'LICENSE')) },
  ];
}

/** The program in `bin` and its libraries in `lib`, as in an archive, and the licences. */
async function platformFiles(
  info: ReleaseInfo,
  binary: ReleaseBinary,
): Promise<readonly FileEntry[]> {
  const program = programFile(binary);
  return (await archiveEntries(info.root, info.version, binary)).flatMap((entry) => {
    if (entry.path === program) return { ...entry, path: `bin/${program}` };
    if (/^(bin|lib)\//.test(entry.path)) return entry;
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    return /LICENSE/.test(name) ? { ...entry, path: name } : [];
  });
}
