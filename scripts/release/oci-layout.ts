import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FileEntry } from './file-entry.ts';
import { type TarEntry, writeTar } from './tar.ts';

/** The image for one platform. */
export interface Image {
  readonly architecture: 'amd64' | 'arm64';
  readonly os: 'linux' | 'darwin' | 'windows';
  /** The files of each layer; a later one replaces those of an earlier one. */
  readonly layers: readonly (readonly TarEntry[])[];
  /** The object `config` of the image configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Images for several platforms under one name. */
export interface MultiPlatformImage {
  readonly images: readonly Image[];
  /** What is said about the index and about each image. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The tag. */
  readonly tag: string;
}

/** What refers to a blob. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/**
 * Writes an OCI image layout as one tar file, which skopeo and podman push to registries:
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * @param image what is in it
 * @param file the file to write
 * @param mtime seconds since 1970, the time of creation and of all files
 */
export async function writeOciLayout(
  image: MultiPlatformImage,
  file: string,
  mtime: number,
): Promise<void> {
  const blobs = new Map<string, Buffer>();
  const manifests: object[] = [];
  for (const { architecture, os, layers, config } of image.images) {
    const packed = await Promise.all(layers.map((entries) => packLayer(entries, file, mtime)));
    const configuration = {
      architecture,
      os,
      created: new Date(mtime * 1000).toISOString(),
      config,
      rootfs: { type: 'layers', diff_ids: packed.map(({ tar }) => digestOf(tar)) },
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: put(blobs, types.config, json(configuration)),
      layers: packed.map(({ compressed }) => put(blobs, types.layer, compressed)),
      annotations: image.annotations,
    };
    const platform = { architecture, os };
    manifests.push({ ...put(blobs, types.manifest, json(manifest)), platform });
  }
  const { annotations } = image;
  const index = { schemaVersion: 2, mediaType: types.index, manifests, annotations };
  const named = {
    ...put(blobs, types.index, json(index)),
    annotations: { 'org.opencontainers.image.ref.name': image.tag },
  };
  const entries: readonly FileEntry[] = [
    { path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    {
      path: 'index.json',
      content: json({ schemaVersion: 2, mediaType: types.index, manifests: [named] }),
    },
    ...[...blobs].map(([digest, content]) => ({
      path: `blobs/${digest.replace(':', '/')}`,
      content,
    })),
  ];
  await writeTar({ file, entries, mtime, gzip: false });
}

function put(blobs: Map<string, Buffer>, mediaType: string, content: Buffer): Descriptor {
  const digest = digestOf(content);
  blobs.set(digest, content);
  return { mediaType, digest, size: content.length };
}

async function packLayer(
  entries: readonly TarEntry[],
  file: string,
  mtime: number,
): Promise<{ readonly tar: Buffer; readonly compressed: Buffer }> {
  const work = await mkdtemp(`${file}.layer-`);
  try {
    const path = join(work, 'layer.tar');
    await writeTar({ file: path, entries, mtime, gzip: false });
    const tar = await readFile(path);
    return { tar, compressed: await promisify(gzip)(tar, { level: 9 }) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
