import { withDebianPackages } from '../package/debian-root.ts';
import { folderEntries } from './folder-entries.ts';
import type { TarEntry } from './tar.ts';

/** The architectures of the images, as Debian and Go name them. */
export type ImageArchitecture = 'amd64' | 'arm64';

/** The user that distroless images also call nonroot. */
export const nonroot = 65532;

/** The C library, and the files and folders that every system has. */
export async function systemLayer(architecture: ImageArchitecture): Promise<readonly TarEntry[]> {
  const files = await debianFiles(['libc6'], architecture);
  // The dynamic loader of amd64 is in lib64, and that of arm64 in lib.
  const lib64 = architecture === 'amd64' ? [{ path: 'lib64', link: 'usr/lib64' }] : [];
  return [...files, ...lib64, ...system];
}

/**
 * The files of Debian packages that a program needs when it runs, and their licences.
 * @throws Error if a package cannot be fetched
 */
export async function debianFiles(
  packages: readonly string[],
  architecture: ImageArchitecture,
): Promise<readonly TarEntry[]> {
  const names = packages.map((name) => `${name}:${architecture}`);
  const entries = await withDebianPackages(names, folderEntries);
  return entries.filter(({ path }) => isNeeded(path));
}

/** Leaves out conversions of character sets, documents but for licences, and hints for tools. */
function isNeeded(path: string): boolean {
  if (path.includes('/gconv') || path.includes('/audit')) return false;
  return (
    /^usr(\/(bin|lib(64)?)(\/.*)?)?$/.test(path) || /^usr\/share\/doc\/[^/]+\/copyright$/.test(path)
  );
}

const system: readonly TarEntry[] = [
  { path: 'lib', link: 'usr/lib' },
  { path: 'etc', folder: true },
  { path: 'etc/group', content: `root:x:0:\nnonroot:x:${nonroot}:\n` },
  { path: 'home', folder: true },
  { path: 'home/nonroot', folder: true, mode: 0o700, owner: nonroot },
  { path: 'tmp', folder: true, mode: 0o1777 },
];

/**
 * The file with the users of an image.
 * @param shell the program that a login starts
 */
export function usersFile(shell: string): TarEntry {
  const users = [
    `root:x:0:0:root:/root:${shell}`,
    `nonroot:x:${nonroot}:${nonroot}:nonroot:/home/nonroot:${shell}`,
  ];
  return { path: 'etc/passwd', content: `${users.join('\n')}\n` };
}
