import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildCache } from './packaged-file.ts';
import type { Target } from './targets.ts';

// The first Debian whose Wine runs Node 24, and whose musl (1.2.5) is as new as that of Alpine 3.20:
// older ones than 1.2.4 do not know the relocations of the libraries in the wheels.
const suite = 'trixie';

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
  const root = await debianRoot();
  const folder = await mkdtemp(join(root, 'tmp', 'musl-'));
  try {
    const inside = folder.slice(root.length);
    const debianArch = arch === 'x64' ? 'amd64' : 'arm64';
    await inRoot(
      root,
      `dpkg --add-architecture arm64 && apt-get update -qq
      cd ${inside} && apt-get download -qq musl:${debianArch} && dpkg-deb -x musl_*.deb .`,
    );
    const triplet = arch === 'x64' ? 'x86_64-linux-musl' : 'aarch64-linux-musl';
    await copyFile(join(folder, 'usr/lib', triplet, 'libc.so'), `${loader}.new`);
    await rename(`${loader}.new`, loader);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return loader;
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
