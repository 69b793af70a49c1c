import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { sha256Of } from '../../../scripts/package/sha256.ts';
import { packageManagerManifests } from '../../../scripts/release/package-manager-manifests.ts';
import {
  type PublishedArchive,
  publishedArchives,
} from '../../../scripts/release/published-archive.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

const project = { ...info, homepage: 'https://git.example.com/dexchange' };

function archive(binary: PublishedArchive['binary'], digit: string): PublishedArchive {
  const url = `https://downloads.example.com/${binary.os}-${binary.arch}`;
  return { binary, url, sha256: digit.repeat(64) };
}

const archives = [
  archive({ os: 'linux', arch: 'x64', libc: 'glibc' }, 'a'),
  archive({ os: 'linux', arch: 'arm64', libc: 'glibc' }, 'b'),
  archive({ os: 'macos', arch: 'arm64' }, 'c'),
  archive({ os: 'windows', arch: 'x64' }, 'd'),
];

function manifest(path: string, from: readonly PublishedArchive[] = archives): string {
  return packageManagerManifests(project, from).get(`manifests/${path}`) ?? '';
}

test('krew gets an archive for each system and processor, and the files in it', () => {
  expect(parse(manifest('krew/dexchange.yaml'))).toMatchObject({
    metadata: { name: 'dexchange' },
    spec: {
      version: 'v1.2.3',
      platforms: [
        {
          selector: { matchLabels: { os: 'linux', arch: 'amd64' } },
          uri: 'https://downloads.example.com/linux-x64',
          sha256: 'a'.repeat(64),
          bin: 'dexchange',
          files: [
            { from: 'bin/dexchange', to: '.' },
            { from: 'share/doc/dexchange/LICENSE', to: '.' },
          ],
        },
        { selector: { matchLabels: { os: 'linux', arch: 'arm64' } } },
        { selector: { matchLabels: { os: 'darwin', arch: 'arm64' } } },
        {
          selector: { matchLabels: { os: 'windows', arch: 'amd64' } },
          bin: 'dexchange.exe',
          files: [
            { from: 'dexchange.exe', to: '.' },
            { from: 'LICENSE', to: '.' },
          ],
        },
      ],
    },
  });
});

describe('the formula of Homebrew', () => {
  const hasRuby = spawnSync('ruby', ['--version']).error === undefined;

  test('names the archives of macOS and Linux', () => {
    const text = manifest('homebrew/dexchange.rb');
    const blocks = [...text.matchAll(/on_(\w+) do\n {6}url "(.+)"\n {6}sha256 "(.)/g)];
    expect(blocks.map(([, processor, url, digit]) => [processor, url, digit])).toEqual([
      ['arm', 'https://downloads.example.com/macos-arm64', 'c'],
      ['intel', 'https://downloads.example.com/linux-x64', 'a'],
      ['arm', 'https://downloads.example.com/linux-arm64', 'b'],
    ]);
    expect(text).toContain('version "1.2.3"');
    // The limit of `brew audit`.
    expect(/desc "(.+)"/.exec(text)?.[1]?.length).toBeLessThanOrEqual(80);
    expect(manifest('homebrew/dexchange.rb', archives.slice(0, 1))).not.toContain('on_macos');
  });

  test.skipIf(!hasRuby)('is Ruby', () => {
    const file = join(emptyFolder(), 'dexchange.rb');
    writeFileSync(file, manifest('homebrew/dexchange.rb'));
    expect(spawnSync('ruby', ['-c', file], { encoding: 'utf8' }).stdout).toBe('Syntax OK\n');
  });
});

test('scoop and winget get the archives of Windows', () => {
  const url = 'https://downloads.example.com/windows-x64';
  expect(JSON.parse(manifest('scoop/dexchange.json'))).toMatchObject({
    version: '1.2.3',
    architecture: { '64bit': { url, hash: 'd'.repeat(64) } },
  });
  expect(parse(manifest('winget/dexchange.dexchange.installer.yaml'))).toMatchObject({
    PackageIdentifier: 'dexchange.dexchange',
    Installers: [{ Architecture: 'x64', InstallerUrl: url, InstallerSha256: 'D'.repeat(64) }],
    ManifestType: 'installer',
  });
  expect([...packageManagerManifests(project, archives.slice(0, 3)).keys()]).toEqual([
    'manifests/krew/dexchange.yaml',
    'manifests/homebrew/dexchange.rb',
  ]);
});

test('an archive is downloaded from the folder of the release, if it is for usual systems', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'dexchange_1.2.3_linux_amd64.tar.gz'), 'the archive');
  const binaries = [
    fakeBinary(folder),
    fakeBinary(folder, { libc: 'musl' }),
    fakeBinary(folder, { libraries: '/libraries' }),
  ];
  const found = await publishedArchives(info, 'https://downloads.example.com/v1', binaries, folder);
  expect(found).toMatchObject([
    {
      url: 'https://downloads.example.com/v1/dexchange_1.2.3_linux_amd64.tar.gz',
      sha256: await sha256Of(join(folder, 'dexchange_1.2.3_linux_amd64.tar.gz')),
    },
  ]);
});
