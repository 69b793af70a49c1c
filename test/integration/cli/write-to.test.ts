import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { processIdentity } from '../../../src/platform/machine.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { type Call, program } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import type { Ended } from '../../support/run-to-end.ts';
import { writtenNotice } from '../../support/written-notice.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.geteuid?.() === 0;
// The packaged binary takes no preloaded module.
const atSources = process.env['DEXCHANGE_TEST_TARGET'] !== 'binary';
const canMount = isRoot && isLinux && spawnSync('unshare', ['-m', 'true']).status === 0;

const suite = homeSuite();
const password = 'p4ssw0rd-of-u';
const other = 12_345;
const stranger = ['setpriv', '--reuid', `${other}`, '--regid', `${other}`, '--clear-groups'];

/** Writes the entry of a user into a file below the home folder. */
function writeTo(path: string, call: Call = {}, more: readonly string[] = []): Promise<Ended> {
  const flags = ['--server=https://api.example.com', '--username=u', `--write-to=${path}`];
  return suite.run(['kubeconfig', 'basic-auth', ...flags, ...more], {
    ...call,
    env: { K8S_PASSWORD: password, ...call.env },
  });
}

async function written(path: string, call?: Call, more?: readonly string[]): Promise<void> {
  expect(await writeTo(path, call, more)).toEqual({
    code: 0,
    stdout: '',
    stderr: writtenNotice,
  });
}

const at = (name: string): string => join(suite.home, name);
const old = 'clusters:\n- name: prod # the one\n  cluster: {server: "https://prod"}\n';

function kubeconfig(name: string, mode = 0o600): string {
  writeFileSync(at(name), old);
  chmodSync(at(name), mode);
  return at(name);
}

function clusters(path: string): readonly string[] {
  return parse(readFileSync(path, 'utf8')).clusters.map(({ name }: { name: string }) => name);
}

const both = ['prod', 'api.example.com'];

/** The names in the home folder that a writer could have left. */
function leftovers(): readonly string[] {
  return readdirSync(suite.home).filter((name) => /tmp|lock|stale/.test(name));
}

/** A flag whose value makes the kubeconfig larger than the limits of the tests. */
function bigCa(): string {
  const path = at('ca.crt');
  writeFileSync(
    path,
    `-----BEGIN CERTIFICATE-----\n${'A'.repeat(200_000)}\n-----END CERTIFICATE-----\n`,
  );
  return `--server-certificate-authority=${path}`;
}

describe('a file that is not regular', () => {
  test.skipIf(!isRoot || !isLinux)('is rejected: a device, and a link to it', async () => {
    // The numbers of /dev/null.
    execFileSync('mknod', [at('device'), 'c', '1', '3']);
    symlinkSync('device', at('link'));
    for (const name of ['device', 'link']) {
      expectFailure(await writeTo(name), {
        exitCode: 2,
        names: [name, 'not a regular file'],
        hint: ['-'],
      });
    }
    expect(lstatSync(at('device')).isCharacterDevice()).toBe(true);
    expect(leftovers()).toEqual([]);
  });

  test.skipIf(!isLinux)('is rejected: a socket', async () => {
    const listening = createServer().listen(at('socket'));
    onTestFinished(() => void listening.close());
    await new Promise((done) => listening.once('listening', done));
    expectFailure(await writeTo('socket'), { exitCode: 2, names: ['not a regular file'] });
    expect(lstatSync(at('socket')).isSocket()).toBe(true);
  });

  test.skipIf(!isLinux)('is rejected: the pipe behind /dev/stdout', async () => {
    for (const path of ['/dev/stdout', '/proc/self/fd/1', '/dev/fd/2']) {
      expectFailure(await writeTo(path), { exitCode: 2, names: ['not a regular file'] });
    }
    expect(existsSync('/dev/stdout.lock')).toBe(false);
  });

  test('is stdout if it is named -', async () => {
    const ended = await writeTo('-');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(parse(ended.stdout).users[0].user.password).toBe(password);
    expect(readdirSync(suite.home)).toEqual([]);
  });
});

describe('a file that would be lost', () => {
  test.each<[string, Buffer, string]>([
    ['Latin-1', Buffer.from(`# caf\xe9\n${old}`, 'latin1'), 'is not UTF-8'],
    ['UTF-16', Buffer.from(`\ufeff${old}`, 'utf16le'), 'is not UTF-8'],
    ['too large', Buffer.alloc(4 * 1024 * 1024 + 1, '#'), 'is larger than'],
  ])('is an error, and stays: %s', async (_what, bytes, why) => {
    writeFileSync(at('k'), bytes, { mode: 0o600 });
    expectFailure(await writeTo('k'), { exitCode: 2, names: ['k', why], hint: ['UTF-8'] });
    expect(readFileSync(at('k')).equals(bytes)).toBe(true);
    expect(leftovers()).toEqual([]);
  });
});

describe.skipIf(!isLinux)('a path at which nothing can be created', () => {
  test.each<[string, () => string, RegExp]>([
    ['in /proc', () => '/proc/x/k', /ENOENT/],
    ['deep in /proc', () => '/proc/self/fdinfo/x/y/k', /ENOENT|EACCES/],
    ['in /sys', () => '/sys/x/k', /ENOENT|EPERM|EACCES|EROFS/],
    ['below a file', () => at('file/x/k'), /ENOTDIR/],
    ['below a FIFO', () => at('fifo/k'), /ENOTDIR/],
    ['below a loop of links', () => at('loop/k'), /ELOOP/],
    ['at a loop of links', () => at('loop'), /loop of symbolic links/],
    ['with a name that is too long', () => at('n'.repeat(256)), /ENAMETOOLONG/],
    ['with a folder whose name is too long', () => at(`${'n'.repeat(256)}/k`), /ENAMETOOLONG/],
    ['behind a link into a missing folder', () => at('deep'), /ENOENT/],
  ])('%s is an error', async (_where, path, why) => {
    writeFileSync(at('file'), '');
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync('loop', at('loop'));
    symlinkSync('missing/k', at('deep'));
    expectFailure(await writeTo(path()), { exitCode: 2, names: [why], hint: [] });
    expect(readdirSync(suite.home).sort()).toEqual(['deep', 'fifo', 'file', 'loop']);
  });
});

describe('a symbolic link', () => {
  test('to nothing gets its target, as with kubectl', async () => {
    mkdirSync(at('real'));
    symlinkSync('real/k', at('link'));
    await written('link');
    expect(readlinkSync(at('link'))).toBe('real/k');
    expect(statSync(at('real/k')).mode & 0o777).toBe(0o600);
    expect(readdirSync(at('real'))).toEqual(['k']);
    expect(leftovers()).toEqual([]);
  });

  test('of a chain is followed, also out of a linked folder', async () => {
    mkdirSync(at('a/b'), { recursive: true });
    symlinkSync('a/b', at('folder'));
    // Relative to a/b, not to the folder's name.
    symlinkSync('../k', at('a/b/third'));
    symlinkSync(at('folder/third'), at('second'));
    symlinkSync('second', at('first'));
    await written('first');
    expect(clusters(at('a/k'))).toEqual(['api.example.com']);
    for (const name of ['first', 'second', 'a/b/third']) {
      expect(lstatSync(at(name)).isSymbolicLink()).toBe(true);
    }
  });

  test('is locked by its name, as by kubectl, and its target too', async () => {
    kubeconfig('real');
    symlinkSync('real', at('link'));
    for (const name of ['link', 'real']) {
      writeFileSync(at(`${name}.lock`), '', { mode: 0 });
      const ended = await writeTo('link', {}, ['--timeout=1s']);
      expectFailure(ended, { exitCode: 2, names: ['locked'], hint: [`${name}.lock`] });
      expect(readFileSync(at('real'), 'utf8')).toBe(old);
      expect(leftovers()).toEqual([`${name}.lock`]);
      rmSync(at(`${name}.lock`));
    }
  });

  test('and its target can be written at the same time, and no entry is lost', async () => {
    kubeconfig('real');
    symlinkSync('real', at('link'));
    const names = Array.from({ length: 6 }, (_, index) => `user-${index}`);
    await Promise.all(
      names.map((name, index) =>
        written(index % 2 === 0 ? 'link' : 'real', {}, [`--user-name=${name}`]),
      ),
    );
    const { users } = parse(readFileSync(at('real'), 'utf8'));
    expect(users.map(({ name }: { name: string }) => name).sort()).toEqual(names);
    expect(leftovers()).toEqual([]);
  });
});

describe('a lock', () => {
  const holder = () => `${readlinkSync('/proc/self/ns/pid')} ${processIdentity(process.pid)}`;

  test.skipIf(!isLinux)('of a dead process is taken over at once', async () => {
    kubeconfig('k');
    const { pid = 0 } = spawnSync('true');
    for (const text of [
      holder().replace(`.${process.pid}.`, `.${pid}.`),
      // The same id, but another process.
      `${holder()}1`,
    ]) {
      writeFileSync(at('k.lock'), text);
      await written('k', {}, ['--timeout=2s']);
      expect(leftovers()).toEqual([]);
    }
  });

  test.skipIf(!isLinux)('of a dead process is taken over by one of several, in turn', async () => {
    const { pid = 0 } = spawnSync('true');
    writeFileSync(at('k.lock'), holder().replace(`.${process.pid}.`, `.${pid}.`));
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((name) => written('k', {}, [`--user-name=${name}`])));
    const { users } = parse(readFileSync(at('k'), 'utf8'));
    expect(users.map(({ name }: { name: string }) => name).sort()).toEqual(names);
    expect(leftovers()).toEqual([]);
  });

  test.skipIf(!isLinux)('of a live process is never taken over, however old it is', async () => {
    kubeconfig('k');
    writeFileSync(at('k.lock'), holder());
    utimesSync(at('k.lock'), 0, 0);
    // The temporary file of that process, too.
    writeFileSync(at('.k.0123456789abcdef.tmp'), 'its secrets');
    expectFailure(await writeTo('k', {}, ['--timeout=1s']), { exitCode: 2, names: ['locked'] });
    expect(leftovers()).toEqual(['.k.0123456789abcdef.tmp', 'k.lock']);
    expect(readFileSync(at('k'), 'utf8')).toBe(old);
  });

  test.skipIf(!isLinux)('of a process of another machine or container is waited for', async () => {
    kubeconfig('k');
    for (const text of [holder().replace(/ ./, ' x'), holder().replace('[', '[9')]) {
      writeFileSync(at('k.lock'), text);
      expectFailure(await writeTo('k', {}, ['--timeout=1s']), { exitCode: 2, names: ['locked'] });
    }
    expect(leftovers()).toEqual(['k.lock']);
  });

  test('of an unknown process counts as left over after ten seconds', async () => {
    kubeconfig('k');
    for (const text of ['', 'pid:[1] 01234567.1.1', 'junk']) {
      writeFileSync(at('k.lock'), text);
      utimesSync(at('k.lock'), Date.now() / 1000 - 11, Date.now() / 1000 - 11);
      await written('k', {}, ['--timeout=2s']);
    }
    expect(leftovers()).toEqual([]);
  });

  test('that is a folder is an error, and stays', async () => {
    mkdirSync(at('k.lock'));
    utimesSync(at('k.lock'), 0, 0);
    expectFailure(await writeTo('k', {}, ['--timeout=1s']), { exitCode: 2, names: ['locked'] });
    expect(leftovers()).toEqual(['k.lock']);
  });

  test.skipIf(!isLinux).each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'that is waited for does not delay %s, and a second one is released',
    async (signal) => {
      kubeconfig('real');
      symlinkSync('real', at('link'));
      writeFileSync(at('real.lock'), '');
      const [command, ...first] = program;
      const flags = ['--server=https://c', '--username=u', '--write-to=link', '--timeout=1m'];
      const child = spawn(command, [...first, 'kubeconfig', 'basic-auth', ...flags], {
        cwd: suite.home,
        env: { PATH: process.env['PATH'], HOME: suite.home, K8S_PASSWORD: password },
        stdio: 'ignore',
      });
      const ended = new Promise((done) => child.once('exit', (_code, by) => done(by)));
      while (!existsSync(at('link.lock'))) await new Promise((done) => setTimeout(done, 20));
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(leftovers()).toEqual(['real.lock']);
    },
  );
});

describe('leftovers of killed writers', () => {
  test('are removed by the next one, and nothing else is', async () => {
    kubeconfig('k');
    const dead = '.k.0123456789abcdef.tmp';
    const others = ['.k.tmp', '.k.0123.tmp', '.kk.0123456789abcdef.tmp', 'k.0123456789abcdef.tmp'];
    for (const name of [dead, ...others]) writeFileSync(at(name), password);
    mkdirSync(at('.k.1111111111111111.tmp'));
    symlinkSync('k', at('.k.2222222222222222.tmp'));
    await written('k');
    expect(readdirSync(suite.home).sort()).toEqual(
      [...others, '.k.1111111111111111.tmp', '.k.2222222222222222.tmp', 'k'].sort(),
    );
  });

  test('are removed even if there is nothing to change, and through a link', async () => {
    symlinkSync('k', at('link'));
    await written('link');
    writeFileSync(at('.k.0123456789abcdef.tmp'), password);
    const before = statSync(at('k'));
    await written('link');
    expect(readdirSync(suite.home).sort()).toEqual(['k', 'link']);
    expect(statSync(at('k'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test.runIf(atSources && isLinux).each(['writeSync', 'fsyncSync', 'renameSync'])(
    'killed at %s are removed by the next one',
    async (name) => {
      kubeconfig('k');
      expect(preloaded('end-at-write.mjs', { DEXCHANGE_TEST_END_AT: name }).signal).toBe('SIGKILL');
      expect(leftovers()).toContain('k.lock');
      await written('k', {}, ['--timeout=5s']);
      expect(leftovers()).toEqual([]);
      expect(clusters(at('k'))).toEqual(both);
    },
  );
});

describe.skipIf(!canMount)('where no file can take its place, it is written (needs root)', () => {
  test.each<[string, string]>([
    ['it is a mount point', 'mount --bind real k'],
    [
      'it is a mount point in a read-only folder',
      'mount --bind . . && mount --bind real k && mount -o remount,ro,bind .',
    ],
    ['it is a mount point that is linked', 'mount --bind real k2'],
    [
      'it is on another disk',
      'mount -t tmpfs t disk && cp -p real disk/f && mount --bind disk/f k',
    ],
  ])('%s', async (_why, script) => {
    kubeconfig('real', 0o644);
    kubeconfig('k2');
    mkdirSync(at('disk'));
    if (script.includes('k2')) symlinkSync('k2', at('k'));
    else kubeconfig('k');
    const inode = statSync(at('real')).ino;
    // The namespace ends with the program, so it prints the file afterwards.
    const call: Call = {
      wrapper: [
        'unshare',
        '-m',
        'sh',
        '-ec',
        `cd .; ${script}; cd ${suite.home}; "$@"; stat -Lc %a k; cat k`,
        'sh',
      ],
    };
    const ended = await writeTo('k', call);
    expect(ended).toMatchObject({ code: 0, stderr: writtenNotice });
    expect(ended.stdout).toMatch(/^600\n/);
    expect(ended.stdout).toContain('# the one');
    expect(ended.stdout).toContain(`password: ${password}`);
    expect(statSync(at('real')).ino).toBe(inode);
    expect(leftovers()).toEqual([]);
  });

  test('and the old text stays if the disk is full', async () => {
    mkdirSync(at('disk'));
    kubeconfig('k');
    const script = [
      'mount -t tmpfs -o size=64k t disk',
      'cp -p k disk/f',
      'head -c 100000 /dev/zero >disk/filler 2>/dev/null',
      'mount --bind disk/f k',
    ].join('\n');
    const big = bigCa();
    const wrapper = [
      'unshare',
      '-m',
      'sh',
      '-c',
      `${script}\n"$@"; code=$?; cat k >after; exit $code`,
      'sh',
    ];
    const ended = await writeTo('k', { wrapper }, [big]);
    expectFailure(ended, { exitCode: 2, names: ['ENOSPC'], hint: ['space'] });
    expect(readFileSync(at('after'), 'utf8')).toBe(old);
  });

  test('and the old text stays beyond a limit (ulimit -f)', async () => {
    kubeconfig('k');
    const script = 'mount --bind k k\nulimit -f 20';
    const wrapper = ['unshare', '-m', 'sh', '-c', `${script}\nexec "$@"`, 'sh'];
    const ended = await writeTo('k', { wrapper }, [bigCa()]);
    expectFailure(ended, { exitCode: 2, names: ['EFBIG'], hint: ['limit'] });
    expect(readFileSync(at('k'), 'utf8')).toBe(old);
    expect(leftovers()).toEqual([]);
  });
});

test.skipIf(!canMount)('a read-only disk is named as the reason (needs root)', async () => {
  mkdirSync(at('disk'));
  kubeconfig('disk/k');
  const script = 'mount --bind disk disk && mount -o remount,ro,bind disk && exec "$@"';
  for (const path of ['disk/k', 'disk/new', 'disk/new/k']) {
    const ended = await writeTo(path, { wrapper: ['unshare', '-m', 'sh', '-c', script, 'sh'] });
    expectFailure(ended, {
      exitCode: 2,
      names: ['the file system is read-only (EROFS)'],
      hint: ['another file system'],
    });
    expect(ended.stderr).not.toContain('permission');
  }
  expect(readdirSync(at('disk'))).toEqual(['k']);
});

describe('a full disk', () => {
  test.skipIf(!canMount)('leaves the old text and no other file (needs root)', async () => {
    mkdirSync(at('disk'));
    kubeconfig('k');
    const script = [
      'mount -t tmpfs -o size=64k t disk',
      'cp -p k disk/k',
      'head -c 100000 /dev/zero >disk/filler 2>/dev/null',
      'cd disk',
      '"$@"; code=$?',
      'ls -A >../names; cat k >../after; exit $code',
    ].join('\n');
    const ended = await writeTo('k', { wrapper: ['unshare', '-m', 'sh', '-c', script, 'sh'] });
    expectFailure(ended, { exitCode: 2, names: ['ENOSPC'], hint: ['space'] });
    expect(readFileSync(at('after'), 'utf8')).toBe(old);
    expect(readFileSync(at('names'), 'utf8')).toBe('filler\nk\n');
  });
});

describe('owner, mode and links of the file', () => {
  test('are kept: a hard link, and a mode that is tighter', async () => {
    kubeconfig('k', 0o644);
    linkSync(at('k'), at('same'));
    await written('k');
    expect(statSync(at('same'))).toMatchObject({ ino: statSync(at('k')).ino, nlink: 2 });
    expect(clusters(at('same'))).toEqual(both);
    expect(statSync(at('k')).mode & 0o777).toBe(0o600);
  });

  test.skipIf(!isRoot)('are kept by root', async () => {
    chownSync(kubeconfig('k', 0o440), other, 54_321);
    await written('k');
    expect(statSync(at('k'))).toMatchObject({ uid: other, gid: 54_321 });
    expect(statSync(at('k')).mode & 0o777).toBe(0o400);
  });

  test('stay if there is an error', async () => {
    kubeconfig('k', 0o644);
    expectFailure(await writeTo('k', {}, ['--cluster-name=prod']), { exitCode: 2 });
    expect(statSync(at('k')).mode & 0o777).toBe(0o644);
  });

  test('become private even if nothing else changes', async () => {
    await written('k');
    chmodSync(at('k'), 0o664);
    await written('k');
    expect(statSync(at('k')).mode & 0o777).toBe(0o600);
  });
});

describe.skipIf(!isRoot || !isLinux)('another user (needs root and setpriv)', () => {
  const asStranger = { wrapper: stranger, cwd: '/' };

  test('gets a clear error for a read-only file', async () => {
    chownSync(suite.home, other, other);
    chownSync(kubeconfig('k', 0o400), other, other);
    const ended = await writeTo(at('k'), asStranger);
    expectFailure(ended, { exitCode: 2, names: ['EACCES'], hint: ['permissions'] });
    expect(readFileSync(at('k'), 'utf8')).toBe(old);
    expect(leftovers()).toEqual([]);
  });

  test('writes a file of his in a folder that he cannot write', async () => {
    chmodSync(suite.home, 0o755);
    chownSync(kubeconfig('k', 0o644), other, other);
    await written(at('k'), asStranger);
    expect(clusters(at('k'))).toEqual(both);
    expect(statSync(at('k')).mode & 0o777).toBe(0o600);
  });

  test('writes a file of his in a sticky folder, but no file of others', async () => {
    chmodSync(suite.home, 0o1777);
    chownSync(kubeconfig('his', 0o600), other, other);
    await written(at('his'), asStranger);
    expect(clusters(at('his'))).toEqual(both);
    // Whoever prepares a file that all can write would get the password.
    const prepared = kubeconfig('prepared', 0o666);
    chownSync(prepared, 54_321, 54_321);
    const ended = await writeTo(prepared, asStranger);
    expectFailure(ended, { exitCode: 2, names: [/EACCES|user id 54321/], hint: [] });
    expect(readFileSync(prepared, 'utf8')).toBe(old);
    expect(leftovers()).toEqual([]);
  });

  test('cannot direct what root writes into his folder to a file of others', async () => {
    chownSync(suite.home, other, other);
    mkdirSync(at('roots'), { mode: 0o700 });
    const precious = kubeconfig('roots/precious');
    for (const [name, target] of [
      ['to-file', precious],
      ['to-nothing', at('roots/new')],
    ] as const) {
      symlinkSync(target, at(name));
      execFileSync('chown', ['-h', `${other}`, at(name)]);
      const ended = await writeTo(at(name));
      expectFailure(ended, { exitCode: 2, names: [`user id ${other}`], hint: ['name the file'] });
    }
    // His link to a file of his, as for dotfiles, is followed.
    chownSync(kubeconfig('his'), other, other);
    symlinkSync('his', at('link'));
    execFileSync('chown', ['-h', `${other}`, at('link')]);
    await written(at('link'));
    expect(readdirSync(at('roots'))).toEqual(['precious']);
    expect(readFileSync(precious, 'utf8')).toBe(old);
    expect(statSync(at('his')).uid).toBe(other);
  });

  test.runIf(atSources)('cannot put a link in the place of the temporary file', () => {
    const folder = at('folder');
    mkdirSync(folder);
    chownSync(folder, other, other);
    chownSync(kubeconfig('folder/k', 0o644), other, other);
    writeFileSync(at('victim'), 'precious', { mode: 0o640 });
    const before = statSync(at('victim'));
    const { status } = preloaded(
      'swap-temporary.mjs',
      { DEXCHANGE_TEST_VICTIM: at('victim') },
      folder,
    );
    expect(status).toBe(2);
    const { uid, gid, mode, mtimeMs } = before;
    expect(statSync(at('victim'))).toMatchObject({ uid, gid, mode, mtimeMs });
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
  });

  test('cannot get the owner of another file changed, however fast he swaps', async () => {
    const folder = at('folder');
    mkdirSync(folder);
    chownSync(folder, other, other);
    chmodSync(suite.home, 0o755);
    writeFileSync(at('victim'), 'precious', { mode: 0o640 });
    const { uid, gid, mode } = statSync(at('victim'));
    const swap = `
const fs = require('node:fs');
process.chdir(process.argv[1]);
for (;;) for (const name of fs.readdirSync('.')) if (name.endsWith('.tmp')) try {
  fs.unlinkSync(name);
  fs.symlinkSync(process.argv[2], name);
} catch {}`;
    const node = realpathSync(process.execPath);
    const [command = '', ...words] = [...stranger, node, '-e', swap, folder, at('victim')];
    const attacker = spawn(command, words, { stdio: 'ignore', cwd: '/' });
    onTestFinished(() => void attacker.kill('SIGKILL'));
    for (let index = 0; index < 4; index++) {
      // If the swap succeeded, his link is there, and would be rejected.
      rmSync(at('folder/k'), { force: true });
      chownSync(kubeconfig('folder/k', 0o644), other, other);
      await writeTo(join(folder, 'k'), {}, [`--user-name=user-${index}`]);
    }
    expect(statSync(at('victim'))).toMatchObject({ uid, gid, mode });
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious');
  });
});

/** Runs the sources with a preloaded module of test/support. */
function preloaded(name: string, env: Readonly<Record<string, string>>, cwd = suite.home) {
  const [node, ...first] = program;
  const module = pathToFileURL(resolve(import.meta.dirname, '../../support', name)).href;
  const flags = ['--server=https://api.example.com', '--username=u', '--write-to=k'];
  return spawnSync(node, [`--import=${module}`, ...first, 'kubeconfig', 'basic-auth', ...flags], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: suite.home, K8S_PASSWORD: password, ...env },
  });
}
