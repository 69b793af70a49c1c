import { expect, test } from 'vitest';
import {
  packageFormats,
  systemPackageConfig,
  systemPackageName,
} from '../../../scripts/release/system-package-config.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

const entries = [
  { path: 'bin/dexchange', content: '', executable: true },
  { path: 'lib/dexchange/libstdc++.so.6', content: '' },
  { path: 'share/zsh/site-functions/_dexchange', content: '' },
];

test('glibc gets deb and rpm, musl gets apk, and other systems get none', () => {
  const formats = (overrides: Parameters<typeof fakeBinary>[1]): readonly string[] =>
    packageFormats(fakeBinary(emptyFolder(), overrides));
  expect(formats({ libc: 'glibc' })).toEqual(['deb', 'rpm']);
  expect(formats({ libc: 'musl' })).toEqual(['apk']);
  expect(formats({ libc: 'glibc', libraries: '/libraries' })).toEqual([]);
  expect(formats({ os: 'windows' })).toEqual([]);
  expect(formats({ os: 'macos' })).toEqual([]);
});

test.each([
  ['deb', 'glibc', '/usr/share/zsh/vendor-completions/_dexchange', 'libc6 (>= 2.28)'],
  ['rpm', 'glibc', '/usr/share/zsh/site-functions/_dexchange', 'glibc >= 2.28'],
  ['apk', 'musl', '/usr/share/zsh/site-functions/_dexchange', 'libstdc++'],
] as const)('a %s has files and dependencies of its system', (format, libc, zsh, dependency) => {
  const binary = fakeBinary(emptyFolder(), { libc, arch: 'arm64' });
  const config = systemPackageConfig(info, binary, format, { entries, folder: '/work' });
  expect(config).toMatchObject({
    version: '1.2.3',
    arch: 'arm64',
    homepage: info.homepage,
    depends: expect.arrayContaining([dependency]),
    contents: [
      { src: '/work/bin/dexchange', dst: '/usr/bin/dexchange', file_info: { mode: 0o755 } },
      { dst: zsh, file_info: { mode: 0o644, mtime: '2023-11-14T22:13:20.000Z' } },
    ],
  });
});

test('a homepage that is unknown is left out', () => {
  const binary = fakeBinary(emptyFolder());
  const unknown = { ...info, homepage: undefined };
  const config = systemPackageConfig(unknown, binary, 'deb', { entries, folder: '/work' });
  expect(config).not.toHaveProperty('homepage');
});

test('the name has the version and the platform', () => {
  const binary = { os: 'linux', arch: 'arm64', libc: 'musl' } as const;
  expect(systemPackageName('1.2.3', binary, 'apk')).toBe('dexchange_1.2.3_linux-musl_arm64.apk');
});
