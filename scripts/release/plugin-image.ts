import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageAnnotations } from './image-annotations.ts';
import { type Image, writeOciLayout } from './oci-layout.ts';
import { goArch, goOs, isForMinimalImages, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';

/**
 * Writes the OCI image from which `d8 plugins install dexchange` takes the program: a file named
 * `plugin` for each platform of d8, and the annotation `contract`
 * (https://github.com/deckhouse/deckhouse-cli, internal/plugins).
 * @returns the name of the file
 */
export async function writePluginImage(
  info: ReleaseInfo,
  binaries: readonly ReleaseBinary[],
  folder: string,
): Promise<string> {
  const images: Image[] = [];
  for (const binary of binaries) {
    if (binary.libc === 'musl' || isForMinimalImages(binary)) continue;
    const program = {
      path: 'plugin',
      content: await readFile(binary.program),
      executable: true,
    };
    images.push({
      os: goOs(binary),
      architecture: goArch(binary),
      layers: [[program]],
      config: {},
    });
  }
  const name = `dexchange_${info.version}_d8-plugin.oci.tar`;
  const annotations = { ...imageAnnotations(info), contract: pluginContract(info) };
  // d8 takes tags for versions, and these begin with v.
  await writeOciLayout(
    { images, annotations, tag: `v${info.version}` },
    join(folder, name),
    info.epoch,
  );
  return name;
}

/** The contract: base64 of the JSON in pkg/registry/service/dto.go of deckhouse-cli. */
export function pluginContract({ version, description }: ReleaseInfo): string {
  const contract = {
    name: 'dexchange',
    version: `v${version}`,
    description,
    // What d8 sets in addition to its own environment: the kubeconfig of its flag.
    env: [{ name: 'KUBECONFIG' }],
    requirements: {},
  };
  return Buffer.from(JSON.stringify(contract)).toString('base64');
}
