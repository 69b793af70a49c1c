import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { buildCache } from '../../scripts/package/build-cache.ts';
import { muslLoader, unpackDebian } from '../../scripts/package/debian-root.ts';
import type { Target } from '../../scripts/package/targets.ts';
import { freshFolder } from './dexchange.ts';
import { type Ended, runToEnd } from './run-to-end.ts';

/** A root file system that contains a libc and what a test puts there; /proc and /dev are mounted. */
export interface CleanRoot {
  readonly path: string;
  /** Copies a file into the root, and creates its folder. */
  put(from: string, to: string): void;
  /** Runs a program of the root, under QEMU if it is for another processor. */
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(): void;
}

const triplets = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const;
const debianNames = { x64: 'amd64', arm64: 'arm64' } as const;
const qemu = '/usr/bin/qemu-aarch64-static';

/** The folder in which glibc looks for libraries. */
export function glibcFolder(arch: Target['arch']): string {
  return `usr/lib/${triplets[arch]}`;
}

/** A root with only musl, as stock Alpine, or with only glibc, as distroless/base. */
export async function cleanRoot(libc: 'musl' | 'glibc', arch: Target['arch']): Promise<CleanRoot> {
  if (process.getuid?.() !== 0) throw new Error('these tests call chroot: run them as root');
  const { path, remove } = freshFolder('dexchange-root-');
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(path, to)), { recursive: true });
    copyFileSync(from, join(path, to));
  };
  for (const folder of ['proc', 'dev', 'tmp', 'root']) mkdirSync(join(path, folder));
  const emulator = arch === process.arch ? [] : ['/qemu'];
  if (emulator.length > 0) put(qemu, 'qemu');
  if (libc === 'musl') {
    const loader = await muslLoader(arch);
    put(loader, `lib/${basename(loader)}`);
  } else {
    for (const file of await glibcFiles(arch)) put(file, join(glibcFolder(arch), basename(file)));
    const loader = arch === 'x64' ? 'lib64/ld-linux-x86-64.so.2' : 'lib/ld-linux-aarch64.so.1';
    put(join(path, glibcFolder(arch), basename(loader)), loader);
  }
  return { path, put, remove, run: (words, env) => runInRoot(path, [...emulator, ...words], env) };
}

/** Runs a program in another root, with /proc and /dev, as container runtimes do. */
export function runInRoot(
  path: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const script = 'mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; exec chroot "$@"';
  return runToEnd('unshare', ['--mount', 'sh', '-ec', script, 'sh', path, ...words], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', ...env },
  });
}

/** BusyBox for this machine, which needs no libraries. */
export async function busybox(): Promise<string> {
  return join(await debianFolder('busybox-static', 'amd64'), 'usr/bin/busybox');
}

/** The loader and the libraries of glibc of Debian 12. */
async function glibcFiles(arch: Target['arch']): Promise<readonly string[]> {
  const folder = await debianFolder('libc6', debianNames[arch], '/bookworm');
  const loader = arch === 'x64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1';
  return [loader, 'libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0'].map((name) =>
    join(folder, 'lib', triplets[arch], name),
  );
}

async function debianFolder(name: string, arch: string, suite = ''): Promise<string> {
  const folder = join(buildCache(), `${name}-${arch}`);
  if (existsSync(folder)) return folder;
  const unpacked = mkdtempSync(`${folder}.tmp-`);
  try {
    await unpackDebian(`${name}:${arch}${suite}`, unpacked);
    cpSync(unpacked, folder, { recursive: true, verbatimSymlinks: true });
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  return folder;
}
