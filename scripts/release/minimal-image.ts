import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from '../package/debian-root.ts';
import { archiveEntries } from './archive-entries.ts';
import { folderEntries } from './folder-entries.ts';
import { imageAnnotations } from './image-annotations.ts';
import { type Image, writeOciLayout } from './oci-layout.ts';
import { goArch, isForMinimalImages, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import type { TarEntry } from './tar.ts';

/** The user that distroless images also call nonroot. */
export const nonroot = 65532;

/**
 * Writes an OCI image with the program, the C library of Debian and nothing else into a folder. It
 * has no CA certificates, because those of Mozilla are inside the program.
 * @returns the name of the file; undefined if no binary brings the other libraries along
 */
export async function writeMinimalImage(
  info: ReleaseInfo,
  binaries: readonly ReleaseBinary[],
  folder: string,
): Promise<string | undefined> {
  const images: Image[] = [];
  for (const binary of binaries.filter(isForMinimalImages)) {
    images.push({
      os: 'linux',
      architecture: goArch(binary),
      layers: [await systemLayer(goArch(binary)), await programLayer(info, binary)],
      config: {
        User: `${nonroot}:${nonroot}`,
        Env: ['PATH=/usr/local/bin', 'HOME=/home/nonroot'],
        Entrypoint: ['/usr/local/bin/dexchange'],
        WorkingDir: '/home/nonroot',
        Labels: imageAnnotations(info),
      },
    });
  }
  if (images.length === 0) return undefined;
  const name = `dexchange_${info.version}_image.oci.tar`;
  const image = { images, annotations: imageAnnotations(info), tag: info.version };
  await writeOciLayout(image, join(folder, name), info.epoch);
  return name;
}

/** The C library and the files that every system has. */
export async function systemLayer(architecture: 'amd64' | 'arm64'): Promise<readonly TarEntry[]> {
  const unpacked = await mkdtemp(join(tmpdir(), 'dexchange-libc6-'));
  try {
    await unpackDebian(`libc6:${architecture}`, unpacked);
    const files = (await folderEntries(unpacked)).filter(({ path }) => isNeeded(path));
    // The dynamic loader of amd64 is in lib64, and that of arm64 in lib.
    const lib64 = architecture === 'amd64' ? [{ path: 'lib64', link: 'usr/lib64' }] : [];
    return [...files, ...lib64, ...system];
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

/** Leaves out conversions of character sets, documents but for the licence, and hints for tools. */
function isNeeded(path: string): boolean {
  if (path.includes('/gconv') || path.includes('/audit')) return false;
  return /^usr(\/lib(64)?(\/.*)?)?$/.test(path) || path.endsWith('/libc6/copyright');
}

const system: readonly TarEntry[] = [
  { path: 'lib', link: 'usr/lib' },
  { path: 'etc', folder: true },
  { path: 'etc/passwd', content: userFile('/home/nonroot:/sbin/nologin', '/root:/sbin/nologin') },
  { path: 'etc/group', content: `root:x:0:\nnonroot:x:${nonroot}:\n` },
  { path: 'home', folder: true },
  { path: 'home/nonroot', folder: true, mode: 0o700, owner: nonroot },
  { path: 'tmp', folder: true, mode: 0o1777 },
];

function userFile(user: string, root: string): string {
  return `root:x:0:0:root:${root}\nnonroot:x:${nonroot}:${nonroot}:nonroot:${user}\n`;
}

/** The program, its libraries and the licences, below /usr/local. */
async function programLayer(
  info: ReleaseInfo,
  binary: ReleaseBinary,
): Promise<readonly TarEntry[]> {
  const entries = await archiveEntries(info.root, info.version, binary);
  return entries
    .filter(({ path }) => /^(bin|lib|share\/doc)\//.test(path))
    .map((entry) => ({ ...entry, path: `usr/local/${entry.path}` }));
}
