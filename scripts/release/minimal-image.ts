import { join } from 'node:path';
import { imageAnnotations } from './image-annotations.ts';
import { type Image, writeOciLayout } from './oci-layout.ts';
import { programLayer } from './program-layer.ts';
import { goArch, isForMinimalImages, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import { nonroot, systemLayer, usersFile } from './system-layer.ts';

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
    const system = [...(await systemLayer(goArch(binary))), usersFile('/sbin/nologin')];
    images.push({
      os: 'linux',
      architecture: goArch(binary),
      layers: [system, await programLayer(info, binary)],
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
