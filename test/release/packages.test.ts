import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { writeSystemPackages } from '../../scripts/release/system-packages.ts';
import { buildReleaseTool } from '../e2e/harness/build.ts';
import { fakeBinary, info } from '../unit/release/fake-release.ts';
import { emptyFolder } from '../unit/support/folder.ts';
import { rootCopy } from './support/root-copy.ts';

const { folder, version } = inject('release');
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const arch = process.arch === 'x64' ? 'amd64' : 'arm64';

test('dpkg installs the deb in a minimal Debian, where it runs, and removes all of it', async () => {
  const root = await rootCopy();
  const deb = await root.bring(join(folder, `dexchange_${version}_linux_${arch}.deb`));
  expect(await root.run('dpkg', '--install', deb)).toMatchObject({ code: 0, stderr: '' });
  expect(await root.run('dexchange', 'version')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(version),
  });
  expect(await root.run('dpkg', '--verify', 'dexchange')).toMatchObject({ code: 0, stdout: '' });
  for (const file of [
    'share/man/man1/dexchange.1',
    'share/bash-completion/completions/dexchange',
    'share/zsh/vendor-completions/_dexchange',
    'share/fish/vendor_completions.d/dexchange.fish',
    'share/doc/dexchange/THIRD-PARTY-LICENSES.txt',
  ]) {
    expect(existsSync(join(root.path, 'usr', file)), file).toBe(true);
  }
  expect(await root.run('dpkg', '--remove', 'dexchange')).toMatchObject({ code: 0 });
  expect(existsSync(join(root.path, 'usr/bin/dexchange'))).toBe(false);
  expect(existsSync(join(root.path, 'usr/share/doc/dexchange'))).toBe(false);
});

test.skipIf(!has('rpm'))('rpm reads the rpm, whose digests are right', () => {
  const file = join(folder, `dexchange_${version}_linux_${arch}.rpm`);
  const rpm = (...args: readonly string[]): string =>
    execFileSync('rpm', [...args, file], { encoding: 'utf8' });
  expect(rpm('--checksig', '--nosignature')).toMatch(/digests OK/);
  expect(rpm('-qp', '--queryformat', '%{NAME} %{VERSION} %{LICENSE} %{BUILDHOST}')).toBe(
    `dexchange ${version} Apache-2.0 dexchange`,
  );
  expect(rpm('-qp', '--requires')).toContain('glibc >= 2.28');
  expect(rpm('-qlp').split('\n')).toEqual(
    expect.arrayContaining(['/usr/bin/dexchange', '/usr/share/zsh/site-functions/_dexchange']),
  );
});

test('the apk has the files and the dependency, but not the libraries of the archive', async () => {
  const out = emptyFolder();
  const libraries = join(out, 'libraries');
  mkdirSync(libraries);
  writeFileSync(join(libraries, 'libstdc++.so.6'), '');
  const binary = fakeBinary(out, { libc: 'musl', libraries });
  const names = await writeSystemPackages(await buildReleaseTool('nfpm'), info, binary, out);
  expect(names).toEqual(['dexchange_1.2.3_linux-musl_amd64.apk']);
  const apk = join(out, names[0] ?? '');
  // The three parts of an apk are gzip files one after another, and each is part of one tar file.
  const tar = (...args: readonly string[]): string =>
    execFileSync('tar', ['--ignore-zeros', '-f', apk, '-z', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const paths = tar('-t').split('\n');
  expect(paths).toEqual(expect.arrayContaining(['.PKGINFO', 'usr/bin/dexchange']));
  expect(paths.filter((path) => path.startsWith('usr/lib'))).toEqual([]);
  expect(tar('-xO', '.PKGINFO')).toMatch(/^depend = libstdc\+\+$/m);
});

test.each(['glibc', 'musl'] as const)('packages for %s are reproducible', async (libc) => {
  const made = async (): Promise<readonly Buffer[]> => {
    const out = emptyFolder();
    const binary = fakeBinary(out, { libc });
    const names = await writeSystemPackages(await buildReleaseTool('nfpm'), info, binary, out);
    expect(names.length).toBeGreaterThan(0);
    return names.map((name) => readFileSync(join(out, name)));
  };
  const first = await made();
  // The next second: times in packages have no fractions.
  await setTimeout(1100);
  expect(await made()).toEqual(first);
});
