import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildCache } from './build-cache.ts';
import type { Target } from './targets.ts';

// The first Debian whose Wine runs Node 24, and whose musl (1.2.5) is as new as that of Alpine 3.20:
// older ones than 1.2.4 do not know the relocations of the libraries in the wheels.
const suite = 'trixie';
/** The Debian whose libraries go into tarballs; distroless images of it have its glibc. */
const librarySuite = 'bookworm';

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
};

/** The dynamic loaders of musl. */
export const muslLoaders = {
  x64: 'ld-musl-x86_64.so.1',
  arm64: 'ld-musl-aarch64.so.1',
} as const;

/** The path of musl's dynamic loader of an architecture, which is all of musl; fetched once. */
export async function muslLoader(arch: Target['arch']): Promise<string> {
  const loader = join(buildCache(), muslLoaders[arch]);
  if (existsSync(loader)) return loader;
  const unpacked = await mkdtemp(join(buildCache(), '.musl-'));
  try {
    await unpackDebian(`musl:${arch === 'x64' ? 'amd64' : 'arm64'}`, unpacked);
    const triplet = arch === 'x64' ? 'x86_64-linux-musl' : 'aarch64-linux-musl';
    await rename(join(unpacked, 'usr/lib', triplet, 'libc.so'), loader);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return loader;
}

/**
 * Unpacks a package of Debian into a folder.
 * @param name the package as apt names it: `NAME:ARCHITECTURE` or `NAME:ARCHITECTURE=VERSION`
 * @throws Error if it cannot be fetched
 */
export async function unpackDebian(name: string, folder: string): Promise<void> {
  const root = await debianRoot();
  const inside = await mkdtemp(join(root, 'tmp', 'package-'));
  try {
    const script = `cd ${inside.slice(root.length)}; apt-get update -qq; apt-get download -qq ${name}
      mkdir unpacked; dpkg-deb -x *.deb unpacked`;
    await inRoot(root, script);
    await cp(join(inside, 'unpacked'), folder, { recursive: true, verbatimSymlinks: true });
  } finally {
    await rm(inside, { recursive: true, force: true });
  }
}

/**
 * Unpacks packages of Debian into a temporary folder, passes it to `use`, and removes it.
 * @param names the packages as `unpackDebian` takes them
 * @throws Error if one cannot be fetched
 */
export async function withDebianPackages<T>(
  names: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'dexchange-debian-'));
  try {
    for (const name of names) await unpackDebian(name, folder);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The settings of Wine; WINEPREFIX is the folder with its drive C, inside the root. */
export const wineEnvironment = {
  WINEPREFIX: '/root/wine',
  WINEDEBUG: '-all',
  XDG_RUNTIME_DIR: '/run',
};

/** A Debian with Wine and its drive C; the first call fetches 300 MB and takes minutes. */
export async function wineRoot(): Promise<string> {
  const root = await debianRoot();
  const done = join(root, 'wine-is-ready');
  if (existsSync(done)) return root;
  await inRoot(
    root,
    'apt-get update -qq && apt-get install -qq --no-install-recommends wine64 wine',
  );
  const script =
    'for f in proc dev; do mount --rbind "/$f" "$1/$f"; done; exec chroot "$1" wine wineboot --init';
  await run('unshare', ['--mount', 'sh', '-ec', script, 'sh', root], wineEnvironment);
  await writeFile(done, '');
  return root;
}

async function debianRoot(): Promise<string> {
  const root = join(buildCache(), `debian-${suite}`);
  if (existsSync(root)) return root;
  if (process.getuid?.() !== 0) throw new Error(`only root can create ${root}`);
  await mkdir(buildCache(), { recursive: true, mode: 0o700 });
  const unfinished = await mkdtemp(`${root}.tmp-`);
  try {
    await run('debootstrap', ['--variant=minbase', suite, unfinished]);
    const sources = join(unfinished, 'etc/apt/sources.list');
    const line = await readFile(sources, 'utf8');
    await writeFile(sources, `${line}${line.replaceAll(suite, librarySuite)}`);
    await inRoot(unfinished, 'dpkg --add-architecture arm64');
    await rename(unfinished, root);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return root;
}

async function inRoot(root: string, script: string): Promise<void> {
  await run('chroot', [root, 'sh', '-ec', script]);
}

/** @throws Error with the end of the output if the command fails */
async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  try {
    const options = { env: { ...environment, ...env }, maxBuffer: 2 ** 26 };
    await promisify(execFile)(command, args, options);
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new Error(`${message}\n${stderr.slice(-1000)}`, { cause: error });
  }
}
