import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeNpmPackages } from '../../../scripts/release/npm-packages.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

/** The files of a package and its package.json. */
function unpacked(tarball: string): {
  readonly paths: readonly string[];
  readonly manifest: unknown;
} {
  const options = { encoding: 'utf8' } as const;
  return {
    paths: execFileSync('tar', ['-tzf', tarball], options).trimEnd().split('\n'),
    manifest: JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], options)),
  };
}

test('npm installs the package of the platform only', async () => {
  const folder = emptyFolder();
  const libraries = join(folder, 'libraries');
  mkdirSync(libraries);
  writeFileSync(join(libraries, 'libstdc++.so.6'), 'the library');
  const musl = { target: 'linux-musl-arm64', libc: 'musl', arch: 'arm64', libraries } as const;
  const binaries = [
    fakeBinary(folder, musl),
    fakeBinary(folder, { target: 'windows-x64', os: 'windows' }),
  ];
  const names = await writeNpmPackages(info, binaries, folder);
  expect(names).toEqual([
    'dexchange-1.2.3.tgz',
    'dexchange-linux-musl-arm64-1.2.3.tgz',
    'dexchange-windows-x64-1.2.3.tgz',
  ]);
  const [main, linux, windows] = names.map((name) => unpacked(join(folder, name)));
  expect(main).toMatchObject({
    paths: expect.arrayContaining(['package/dexchange.mjs', 'package/LICENSE']),
    manifest: {
      name: 'dexchange',
      version: '1.2.3',
      bin: { dexchange: 'dexchange.mjs' },
      optionalDependencies: {
        'dexchange-linux-musl-arm64': '1.2.3',
        'dexchange-windows-x64': '1.2.3',
      },
    },
  });
  expect(linux).toMatchObject({
    paths: [
      'package/LICENSE',
      'package/THIRD-PARTY-LICENSES.txt',
      'package/bin/dexchange',
      'package/lib/dexchange/libstdc++.so.6',
      'package/package.json',
    ],
    manifest: { os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
  });
  expect(windows?.paths).toContain('package/bin/dexchange.exe');
  expect(windows?.manifest).toMatchObject({ os: ['win32'], cpu: ['x64'] });
  expect(windows?.manifest).not.toHaveProperty('libc');
});

test('npm packages are reproducible', async () => {
  const made = async (): Promise<readonly Buffer[]> => {
    const folder = emptyFolder();
    const names = await writeNpmPackages(info, [fakeBinary(folder)], folder);
    return names.map((name) => readFileSync(join(folder, name)));
  };
  expect(await made()).toEqual(await made());
});
