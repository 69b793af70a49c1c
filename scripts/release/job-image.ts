import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildHelm, buildKubectl } from '../../test/e2e/harness/build.ts';
import { busyboxLinks } from './busybox-links.ts';
import { caCertificates } from './ca-certificates.ts';
import { imageAnnotations } from './image-annotations.ts';
import { type Image, writeOciLayout } from './oci-layout.ts';
import { programLayer } from './program-layer.ts';
import { goArch, isForMinimalImages, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import { debianFiles, type ImageArchitecture, systemLayer, usersFile } from './system-layer.ts';
import type { TarEntry } from './tar.ts';

/**
 * Writes an OCI image for jobs into a folder: kubectl, helm, a shell (BusyBox) and CA certificates
 * besides the program. It runs as root, as GitHub Actions demands of the containers of jobs
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support#user). Its
 * libraries of GCC are also for the Node that the runner of GitHub Actions mounts into it.
 * @returns the name of the file; undefined if no binary for Linux with glibc is made
 */
export async function writeJobImage(
  info: ReleaseInfo,
  binaries: readonly ReleaseBinary[],
  folder: string,
): Promise<string | undefined> {
  const chosen = binaries.filter(
    (binary) => binary.libc === 'glibc' && !isForMinimalImages(binary),
  );
  if (chosen.length === 0) return undefined;
  // The same for every architecture.
  const portable = [...(await busyboxLinks()), ...(await caCertificates())];
  const images: Image[] = [];
  for (const binary of chosen) {
    const architecture = goArch(binary);
    images.push({
      os: 'linux',
      architecture,
      layers: [
        [...(await systemLayer(architecture)), usersFile('/bin/sh'), ...jobSystem],
        [...(await debianFiles(shellPackages, architecture)), ...portable],
        await toolsLayer(architecture),
        await programLayer(info, binary),
      ],
      config: {
        User: '0:0',
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
        // No entrypoint, because CI systems start a shell of their own.
        Cmd: ['/bin/sh'],
        WorkingDir: '/root',
        Labels: imageAnnotations(info),
      },
    });
  }
  const name = `dexchange_${info.version}_job-image.oci.tar`;
  const image = { images, annotations: imageAnnotations(info), tag: info.version };
  await writeOciLayout(image, join(folder, name), info.epoch);
  return name;
}

const jobSystem: readonly TarEntry[] = [
  { path: 'bin', link: 'usr/bin' },
  { path: 'sbin', link: 'usr/sbin' },
  { path: 'usr/sbin', folder: true },
  { path: 'root', folder: true, mode: 0o700 },
  { path: 'var', folder: true },
  { path: 'var/tmp', folder: true, mode: 0o1777 },
  // The resolver of the C library asks DNS only if this file says so.
  { path: 'etc/nsswitch.conf', content: 'passwd: files\ngroup: files\nhosts: files dns\n' },
];

/** gcc-14-base has the licence of the two libraries. */
const shellPackages = ['libstdc++6', 'libgcc-s1', 'gcc-14-base', 'busybox'];

/** The programs come from the Go modules that the end-to-end tests pin. */
async function toolsLayer(architecture: ImageArchitecture): Promise<readonly TarEntry[]> {
  const platform = { os: 'linux', arch: architecture } as const;
  const programs = { kubectl: await buildKubectl(platform), helm: await buildHelm(platform) };
  return await Promise.all(
    Object.entries(programs).map(async ([name, file]) => ({
      path: `usr/local/bin/${name}`,
      content: await readFile(file),
      executable: true,
    })),
  );
}
