import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  describeInstall,
  glibcArchive,
  installScript,
  programOf,
} from '../../support/install-suite.ts';
import { currentVersion } from '../../support/release-server.ts';
import { runToEnd } from '../../support/run-to-end.ts';
import { located, type Tools } from '../../support/shells.ts';

describeInstall((suite) => {
  const { install, left, requested, expectFailure } = suite;

  test('installs the program once', async () => {
    const first = await install();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(
      `installed dexchange ${currentVersion} (linux_amd64) in ${suite.bin}\n`,
    );
    expect(first.stdout).toContain(`add ${suite.bin} to PATH`);
    expect(left()).toEqual(['prefix', 'prefix/bin', 'prefix/bin/dexchange']);
    expect(requested()).toEqual(['checksums.txt', glibcArchive]);
    const second = await install();
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain(`${currentVersion} is in ${suite.bin} already`);
    expect(requested()).toHaveLength(2);
    expect(await install(['--force'])).toMatchObject({ code: 0 });
    expect(requested()).toHaveLength(4);
  });

  test('others cannot write to what it installs, whatever the umask is', async () => {
    const words = [...suite.shell.command, installScript];
    const wrapper = ['-c', 'umask 0; exec "$@"', 'sh', ...words];
    const env = suite.surroundings();
    expect(await runToEnd('/bin/sh', wrapper, { env })).toMatchObject({ code: 0 });
    for (const path of left())
      expect(statSync(join(suite.home, path)).mode & 0o777, path).toBe(0o755);
  });

  test('installs the libraries of the build for musl', async () => {
    const ended = await install([], { path: suite.tools({ libc: 'musl' }) });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(left().filter((path) => /\.|dexchange$/.test(path))).toEqual([
      'prefix/bin/dexchange',
      'prefix/lib/dexchange',
      'prefix/lib/dexchange/libstdc++.so.6',
    ]);
    // Relative to the folder itself, whatever its path looks like.
    mkdirSync(join(suite.home, 'real/bin'), { recursive: true });
    symlinkSync(join(suite.home, 'real/bin'), join(suite.home, 'link'));
    for (const to of ['./real/bin/./', 'link']) {
      const relative = await install(['--force', '--to', to], {
        path: suite.tools({ libc: 'musl' }),
      });
      expect(relative, to).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readdirSync(join(suite.home, 'real'), { recursive: true })).toContain(
      'lib/dexchange/libstdc++.so.6',
    );
    expect(existsSync(join(suite.home, 'lib'))).toBe(false);
    writeFileSync(join(suite.home, 'file'), '');
    const blocked = await install([`--to=${suite.home}/file/../bin`], {
      path: suite.tools({ libc: 'musl' }),
    });
    expect(blocked.code).toBe(6);
  });

  test('chooses the build of the machine', async () => {
    const name = async (tools: Tools): Promise<string> => {
      const ended = await install([], { path: suite.tools(tools) });
      expectFailure(ended, 5, /checksums\.txt has no checksum of /);
      return /has no checksum of dexchange_[\d.]+_(\S+)\.tar\.gz/.exec(ended.stderr)?.[1] ?? '';
    };
    expect(await name({ machine: 'aarch64' })).toBe('linux_arm64');
    expect(await name({ libc: 'musl', machine: 'aarch64' })).toBe('linux-musl_arm64');
    expect(await name({ system: 'Darwin', machine: 'arm64' })).toBe('darwin_arm64');
    expect(await name({ system: 'Darwin' })).toBe('darwin_amd64');
    const other = await install([], { path: suite.tools({ machine: 'riscv64' }) });
    expectFailure(other, 3, /there is no build for riscv64/);
    const windows = await install([], { path: suite.tools({ system: 'MINGW64_NT-10.0' }) });
    expectFailure(windows, 3, /there is no build for MINGW64/);
  });

  test('replaces an old version, and keeps it if the download fails', async () => {
    mkdirSync(suite.bin, { recursive: true });
    writeFileSync(join(suite.bin, 'dexchange'), '#!/bin/sh\necho dexchange 0.0.1\n', {
      mode: 0o755,
    });
    suite.server.behaviour.misbehave = ({ path }) =>
      path.endsWith(glibcArchive) ? { kind: 'answer', status: 403 } : undefined;
    expect(await install()).toMatchObject({ code: 4 });
    expect(readFileSync(join(suite.bin, 'dexchange'), 'utf8')).toContain('0.0.1');
    expect(readdirSync(suite.bin)).toEqual(['dexchange']);
    suite.server.behaviour.misbehave = undefined;
    expect((await install()).stdout).toMatch(/installed .*, instead of 0\.0\.1\n/);
    expect(readFileSync(join(suite.bin, 'dexchange'), 'utf8')).toBe(programOf(currentVersion));
  });

  test('removes what a killed installation left an hour ago', async () => {
    for (const name of ['.dexchange-install.old', '.dexchange-install.new']) {
      mkdirSync(join(suite.bin, name), { recursive: true });
    }
    const before = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(suite.bin, '.dexchange-install.old'), before, before);
    expect(await install()).toMatchObject({ code: 0 });
    expect(readdirSync(suite.bin).sort()).toEqual(['.dexchange-install.new', 'dexchange']);
  });

  test('reports a folder that it cannot write to', async () => {
    expectFailure(await install(['--to', '/proc']), 6, /cannot write to \/proc/);
    expectFailure(await install(['--to', '/proc/none/bin']), 6, /cannot create \/proc/);
    expect(requested()).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends at once after %s, and leaves nothing behind',
    async (signal) => {
      // A download that takes longer than this test may, and says which process it is.
      const path = suite.tools({ extra: ['sha256sum'] });
      const pidFile = join(path, 'pid');
      const endless = `#!/bin/sh\n[ "$1" != --help ] || exit 0\necho $$ >'${pidFile}.new'\nmv '${pidFile}.new' '${pidFile}'\n`;
      writeFileSync(join(path, 'wget'), `${endless}exec ${located('sleep')} 120\n`, {
        mode: 0o755,
      });
      const [command, ...first] = suite.shell.command;
      const child = spawn(command, [...first, installScript], {
        env: suite.surroundings({ path }),
        stdio: 'ignore',
      });
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      const ended = new Promise((done) => child.once('close', done));
      await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 30_000 });
      expect(left().join()).toContain('.dexchange-install.');
      child.kill(signal);
      expect(await ended).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
      expect(left()).toEqual([]);
      expect(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0)).toThrow('ESRCH');
    },
  );
});
