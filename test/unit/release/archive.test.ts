import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { archiveName, writeArchive } from '../../../scripts/release/archive.ts';
import { unzip } from '../../e2e/harness/archive.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

test.each([
  [{ os: 'linux', arch: 'x64', libc: 'glibc' }, 'dexchange_1.2.3_linux_amd64.tar.gz'],
  [{ os: 'linux', arch: 'arm64', libc: 'musl' }, 'dexchange_1.2.3_linux-musl_arm64.tar.gz'],
  [
    { os: 'linux', arch: 'x64', libc: 'glibc', libraries: '/libraries' },
    'dexchange_1.2.3_linux-libs_amd64.tar.gz',
  ],
  [{ os: 'macos', arch: 'arm64' }, 'dexchange_1.2.3_darwin_arm64.tar.gz'],
  [{ os: 'windows', arch: 'x64' }, 'dexchange_1.2.3_windows_amd64.zip'],
] as const)('the archive of %o is %s', (binary, name) => {
  expect(archiveName('1.2.3', binary)).toBe(name);
});

describe('the tar file', () => {
  test('installs below a prefix, is owned by root and has the time of the commit', async () => {
    const folder = emptyFolder();
    const name = await writeArchive(info, fakeBinary(folder), folder);
    const listing = execFileSync(
      'tar',
      ['-tv', '--numeric-owner', '--full-time', '-zf', join(folder, name)],
      { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } },
    );
    const rows = listing
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/\s+/));
    expect(new Set(rows.map(([, owner, , date, time]) => `${owner} ${date} ${time}`))).toEqual(
      new Set(['0/0 2023-11-14 22:13:20']),
    );
    const paths = rows.map((row) => row.at(-1));
    expect(paths).toEqual(paths.toSorted());
    expect(paths).toEqual(
      expect.arrayContaining([
        'share/bash-completion/completions/dexchange',
        'share/doc/dexchange/LICENSE',
        'share/doc/dexchange/README.md',
        'share/doc/dexchange/THIRD-PARTY-LICENSES.txt',
        'share/fish/vendor_completions.d/dexchange.fish',
        'share/man/man1/dexchange.1',
        'share/man/man1/dexchange-get-token.1',
        'share/zsh/site-functions/_dexchange',
      ]),
    );
    const executable = rows.filter(([mode]) => mode === '-rwxr-xr-x').map((row) => row.at(-1));
    expect(executable).toEqual(['bin/dexchange']);
    expect(rows.every(([mode]) => /^-rw[x-]r-[x-]r-[x-]$/.test(mode ?? ''))).toBe(true);
  });

  test('contains the program and the libraries that it looks for', async () => {
    const folder = emptyFolder();
    const libraries = join(folder, 'libraries');
    mkdirSync(libraries);
    writeFileSync(join(libraries, 'libstdc++.so.6'), 'the library');
    const name = await writeArchive(info, fakeBinary(folder, { libc: 'musl', libraries }), folder);
    execFileSync('tar', ['-xzf', join(folder, name), '-C', folder]);
    expect(readFileSync(join(folder, 'bin/dexchange'), 'utf8')).toBe('the program');
    expect(readFileSync(join(folder, 'lib/dexchange/libstdc++.so.6'), 'utf8')).toBe('the library');
  });
});

test('the zip file has the program at the top', async () => {
  const folder = emptyFolder();
  const windows = { os: 'windows', target: 'windows-x64' } as const;
  const name = await writeArchive(info, fakeBinary(folder, windows), folder);
  const unpacked = join(folder, 'unpacked');
  unzip(join(folder, name), unpacked);
  expect(readdirSync(unpacked).sort()).toEqual([
    'LICENSE',
    'README.md',
    'THIRD-PARTY-LICENSES.txt',
    'dexchange.exe',
  ]);
  expect(readFileSync(join(unpacked, 'dexchange.exe'), 'utf8')).toBe('the program');
  expect(statSync(join(unpacked, 'dexchange.exe')).mode & 0o777).toBe(0o755);
});

test.each(['linux', 'windows'] as const)('archives for %s are reproducible', async (os) => {
  const zone = process.env['TZ'];
  onTestFinished(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });
  const made = async (timeZone: string): Promise<Buffer> => {
    process.env['TZ'] = timeZone;
    const folder = emptyFolder();
    const name = await writeArchive(info, fakeBinary(folder, { os }), folder);
    return readFileSync(join(folder, name));
  };
  const first = await made('UTC');
  expect((await made('Asia/Tokyo')).equals(first)).toBe(true);
});
