import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type MultiPlatformImage, writeOciLayout } from '../../../scripts/release/oci-layout.ts';
import { pluginContract, writePluginImage } from '../../../scripts/release/plugin-image.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads a layout, and checks the digest and the size of each blob that it reads. */
function openLayout(file: string): {
  readonly index: { readonly manifests: readonly Descriptor[] };
  readonly blob: (descriptor: Descriptor) => Buffer;
} {
  const folder = emptyFolder();
  execFileSync('tar', ['-xf', file, '-C', folder]);
  return {
    index: JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')),
    blob: ({ digest, size }) => {
      const content = readFileSync(join(folder, 'blobs', digest.replace(':', '/')));
      expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(digest);
      expect(content.length).toBe(size);
      return content;
    },
  };
}

/** The manifests in an image, with what they say and what they contain. */
function manifestsOf(file: string): readonly {
  readonly platform: unknown;
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: { readonly rootfs: { readonly diff_ids: readonly string[] } };
  readonly layers: readonly Buffer[];
}[] {
  const { index, blob } = openLayout(file);
  const [named] = index.manifests;
  if (named === undefined) throw new Error('no image');
  const platforms = JSON.parse(blob(named).toString()).manifests as readonly Descriptor[];
  return platforms.map((descriptor) => {
    const manifest = JSON.parse(blob(descriptor).toString());
    return {
      platform: descriptor.platform,
      annotations: manifest.annotations,
      config: JSON.parse(blob(manifest.config).toString()),
      layers: manifest.layers.map((layer: Descriptor) => gunzipSync(blob(layer))),
    };
  });
}

function listing(layer: Buffer): readonly string[] {
  const file = join(emptyFolder(), 'layer.tar');
  writeFileSync(file, layer);
  return execFileSync('tar', ['-tv', '--numeric-owner', '-f', file], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\s+\d+ \d{4}-\d\d-\d\d \d\d:\d\d/, ''));
}

const image: MultiPlatformImage = {
  images: (['amd64', 'arm64'] as const).map((architecture) => ({
    os: 'linux',
    architecture,
    layers: [
      [
        { path: 'lib', link: 'usr/lib' },
        { path: 'tmp', folder: true, mode: 0o1777 },
        { path: 'home', folder: true, mode: 0o700, owner: 65532 },
      ],
      [{ path: 'program', content: architecture, executable: true }],
    ],
    config: { User: '65532' },
  })),
  annotations: { 'org.opencontainers.image.title': 'dexchange' },
  tag: '1.2.3',
};

describe('an image layout', () => {
  test('has a manifest for each platform, whose layers have what the configuration says', async () => {
    const file = join(emptyFolder(), 'image.tar');
    await writeOciLayout(image, file, info.epoch);
    const manifests = manifestsOf(file);
    expect(manifests).toMatchObject([
      { platform: { os: 'linux', architecture: 'amd64' }, config: { config: { User: '65532' } } },
      { platform: { os: 'linux', architecture: 'arm64' } },
    ]);
    for (const { config, layers } of manifests) {
      expect(
        layers.map((layer) => `sha256:${createHash('sha256').update(layer).digest('hex')}`),
      ).toEqual(config.rootfs.diff_ids);
    }
    expect(listing(manifests[0]?.layers[0] ?? Buffer.alloc(0))).toEqual([
      'drwx------ 65532/65532 home',
      'lrwxrwxrwx 0/0 lib -> usr/lib',
      'drwxrwxrwt 0/0 tmp',
    ]);
  });

  test('has the tag, and is reproducible', async () => {
    const folder = emptyFolder();
    const [first, second] = [join(folder, 'a.tar'), join(folder, 'b.tar')];
    await writeOciLayout(image, first, info.epoch);
    await writeOciLayout(image, second, info.epoch);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
    expect(openLayout(first).index.manifests).toMatchObject([
      { annotations: { 'org.opencontainers.image.ref.name': '1.2.3' } },
    ]);
  });
});

describe('the image for d8', () => {
  test('has one file named plugin for each platform of d8, and the contract', async () => {
    const folder = emptyFolder();
    const binaries = [
      fakeBinary(folder),
      fakeBinary(folder, { arch: 'arm64' }),
      fakeBinary(folder, { libc: 'musl' }),
      fakeBinary(folder, { libraries: '/libraries' }),
      fakeBinary(folder, { os: 'macos', arch: 'arm64' }),
    ];
    const name = await writePluginImage(info, binaries, folder);
    expect(openLayout(join(folder, name)).index.manifests).toMatchObject([
      { annotations: { 'org.opencontainers.image.ref.name': 'v1.2.3' } },
    ]);
    const manifests = manifestsOf(join(folder, name));
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
      { os: 'darwin', architecture: 'arm64' },
    ]);
    for (const { annotations, layers } of manifests) {
      expect(annotations['contract']).toBe(pluginContract(info));
      expect(layers.map(listing)).toEqual([['-rwxr-xr-x 0/0 plugin']]);
    }
  });

  test('says in the contract what it is called and which version it is', () => {
    expect(JSON.parse(Buffer.from(pluginContract(info), 'base64').toString())).toEqual({
      name: 'dexchange',
      version: 'v1.2.3',
      description: info.description,
      env: [{ name: 'KUBECONFIG' }],
      requirements: {},
    });
  });
});
