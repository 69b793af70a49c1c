import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dexSuite } from '../support/cli-suite.ts';
import { type Call, freshFolder } from '../support/dexchange.ts';
import type { Ended } from '../support/run-to-end.ts';

const isRoot = process.geteuid?.() === 0;
const isLinux = process.platform === 'linux';
const canMount = isRoot && isLinux && mountsTmpfs();

const suite = dexSuite();

interface Options extends Call {
  readonly args?: readonly string[];
}

/** Runs get-token with `-v`; `env` replaces HOME, so that a test can leave it out. */
function getToken({
  args = [],
  env = { HOME: suite.home },
  ...call
}: Options = {}): Promise<Ended> {
  return suite.getToken(['-v', '-o', 'token', '--connector-id=mock', ...args], {
    ...call,
    env: { SUBJECT_TOKEN: 'any', ...env },
    bareEnv: true,
  });
}

/** Makes two calls that both succeed; returns their requests and their debug lines. */
async function twice(options: Options = {}): Promise<{ requests: number; told: string }> {
  const ended: Ended[] = [];
  const requests = await suite.tokenRequestsDuring(async () => {
    ended.push(await getToken(options), await getToken(options));
  });
  for (const { code, stdout, stderr } of ended) {
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^debug: /);
  }
  return { requests, told: ended.map(({ stderr }) => stderr).join('') };
}

const leaf = (): string => join(suite.home, '.cache', 'dexchange');
const keyFile = (): string => join(suite.home, '.local', 'share', 'dexchange', 'key');

describe('a disk', () => {
  test.skipIf(!canMount)(
    'that is full disables the cache, with a debug line (needs root and tmpfs)',
    async () => {
      const disk = tmpfs('size=64k');
      writeFileSync(join(disk, 'filler'), Buffer.alloc(16));
      fill(disk);
      const { requests, told } = await twice({ args: [`--cache-dir=${disk}`] });
      expect(requests).toBe(2);
      expect(told).toMatch(/debug: cache: not stored, .*ENOSPC/);
    },
  );

  test.skipIf(!canMount)(
    'that fills up later still serves cached credentials (needs root)',
    async () => {
      const disk = tmpfs('size=128k');
      await getToken({ args: [`--cache-dir=${disk}`] });
      fill(disk);
      const args = [`--cache-dir=${disk}`];
      expect((await twice({ args })).requests).toBe(0);
      // Due for renewal, but the disk has no room for the lock or the result.
      const aging = await twice({ args: [...args, '--refresh-before=9m'] });
      expect(aging.told).toContain('debug: cache:');
      const names = readdirSync(join(disk, 'dexchange'));
      expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );

  test.skipIf(!isLinux)('that accepts no byte disables the cache', async () => {
    mkdirSync(leaf(), { recursive: true, mode: 0o700 });
    const wrapper = ['/bin/sh', '-c', 'ulimit -f 0; exec "$0" "$@"'];
    const { requests, told } = await twice({ wrapper });
    expect(requests).toBe(2);
    expect(told).toContain('EFBIG');
    expect(readdirSync(leaf())).toEqual([]);
  });

  test.skipIf(!canMount)(
    'that became read-only still serves cached credentials (needs root)',
    async () => {
      const disk = tmpfs('size=1m');
      const args = [`--cache-dir=${disk}`];
      await getToken({ args });
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      expect((await twice({ args })).requests).toBe(0);
      const aging = await twice({ args: [...args, '--refresh-before=9m'] });
      expect(aging.requests).toBe(0);
      const other = await twice({ args, env: { HOME: suite.home, SUBJECT_TOKEN: 'another' } });
      expect(other.requests).toBe(2);
      expect(other.told).toMatch(/debug: cache: not stored, .*EROFS/);
    },
  );
});

describe('a home', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['HOME is empty', { HOME: '' }],
    ['HOME is relative', { HOME: 'relative/home' }],
  ])('that is missing because %s writes nothing to the working folder', async (_why, env) => {
    const cwd = join(suite.home, 'cwd');
    mkdirSync(cwd);
    const { told } = await twice({ env, cwd, args: [`--cache-dir=${join(suite.home, 'named')}`] });
    expect(told).toContain('debug: cache: hit');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('that is not a folder disables the cache', async () => {
    writeFileSync(join(suite.home, 'file'), '');
    const { requests, told } = await twice({ env: { HOME: join(suite.home, 'file') } });
    expect(requests).toBe(2);
    expect(told).toMatch(/debug: cache: not stored, .*file.* cannot be used: ENOTDIR/);
  });

  test.skipIf(!isRoot || !isLinux)(
    'is not needed by a user id without a passwd entry (needs root and setpriv)',
    async () => {
      const named = join(suite.home, 'named');
      mkdirSync(named);
      chownSync(named, 12_345, 12_345);
      chmodSync(suite.home, 0o755);
      const wrapper = stranger;
      const without = await twice({ env: {}, wrapper, cwd: '/' });
      expect(without.requests).toBe(2);
      expect(without.told).toContain('there is no home folder; set --cache-dir');
      const withDir = await twice({ env: {}, wrapper, cwd: '/', args: [`--cache-dir=${named}`] });
      expect(withDir.requests).toBe(1);
      const rootHome = await twice({ env: { HOME: '/' }, wrapper, cwd: '/' });
      expect(rootHome.requests).toBe(2);
      expect(rootHome.told).toMatch(/debug: cache: not stored, .*EACCES/);
    },
  );

  test.skipIf(!isRoot || !isLinux)(
    'that cannot be written disables the cache (needs root and setpriv)',
    async () => {
      chmodSync(suite.home, 0o555);
      const { requests, told } = await twice({ wrapper: stranger, cwd: '/' });
      expect(requests).toBe(2);
      expect(told).toMatch(/debug: cache: not stored, .*EACCES/);
    },
  );
});

const stranger = ['setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups'] as const;

describe('XDG folders', () => {
  test.skipIf(!isLinux).each(['relative/folder', ''])('that are %j are ignored', async (value) => {
    const cwd = join(suite.home, 'cwd');
    mkdirSync(cwd);
    const env = { HOME: suite.home, XDG_CACHE_HOME: value, XDG_DATA_HOME: value };
    expect((await twice({ env, cwd })).requests).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
    expect(existsSync(leaf())).toBe(true);
    expect(existsSync(keyFile())).toBe(true);
  });

  test.skipIf(!isLinux)(
    'that cannot be used disable the cache, but the key moves to another folder',
    async () => {
      writeFileSync(join(suite.home, 'file'), '');
      const noCache = await twice({
        env: { HOME: suite.home, XDG_CACHE_HOME: join(suite.home, 'file') },
      });
      expect(noCache.requests).toBe(2);
      expect(noCache.told).toMatch(/debug: cache: not stored, .*ENOTDIR/);
      const noData = await twice({
        env: { HOME: suite.home, XDG_DATA_HOME: join(suite.home, 'file') },
      });
      expect(noData.requests).toBe(1);
      expect(readdirSync(leaf())).toContain('key');
    },
  );
});

describe('a umask', () => {
  test.each(['0000', '0777'])('of %s gives other users no access', async (umask) => {
    const wrapper = ['/bin/sh', '-c', `umask ${umask}; exec "$0" "$@"`];
    onTestFinished(() => void spawnSync('chmod', ['-R', 'u+rwx', suite.home]));
    await twice({ wrapper });
    const found = spawnSync('find', [suite.home, '-mindepth', '1', '-perm', '/077'], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
  });

  test.skipIf(!isRoot || !isLinux)(
    'that locks the owner out of new folders disables the cache (needs root and setpriv)',
    async () => {
      chownSync(suite.home, 12_345, 12_345);
      const script = 'umask 0777; exec "$0" "$@"';
      const { told } = await twice({
        wrapper: [...stranger, '/bin/sh', '-c', script],
        cwd: '/',
      });
      expect(told).toMatch(/debug: cache: not stored, .*EACCES/);
    },
  );
});

describe('a folder', () => {
  test.each([
    ['spaces', 'a folder  with  spaces'],
    ['line ends', 'a\nfolder\r\nhint: with line ends'],
    ['quotes and dollars', `a'b"c$HOME;d\\e`],
    ['other alphabets', 'каталог 名前 🔑'],
  ])('whose name has %s works', async (_what, name) => {
    expect((await twice({ args: [`--cache-dir=${join(suite.home, name)}`] })).requests).toBe(1);
    expect(readdirSync(join(suite.home, name, 'dexchange'))).toHaveLength(1);
    // A message about it stays on one line.
    chmodSync(join(suite.home, name, 'dexchange'), 0o755);
    const { requests, told } = await twice({ args: [`--cache-dir=${join(suite.home, name)}`] });
    expect(requests).toBe(2);
    expect(told).toContain('is open to others');
  });

  test.each<[string, () => string]>([
    ['a name that is too long', () => 'n'.repeat(256)],
    ['a path that is too long', () => 'path/'.repeat(900)],
    ['a file in its way', () => 'file/x'],
    ['a FIFO in its way', () => 'fifo/x'],
    ['a loop of links in its way', () => 'loop/x'],
    ['a link to nowhere in its way', () => 'nowhere/x'],
  ])('with %s disables the cache', async (_what, name) => {
    writeFileSync(join(suite.home, 'file'), '');
    execFileSync('mkfifo', [join(suite.home, 'fifo')]);
    symlinkSync('loop', join(suite.home, 'loop'));
    symlinkSync('/none/at/all', join(suite.home, 'nowhere'));
    const { requests, told } = await twice({ args: [`--cache-dir=${join(suite.home, name())}`] });
    expect(requests).toBe(2);
    // A very long line is cut off.
    expect(told).toMatch(
      /debug: cache: not stored, .*(ENAMETOOLONG|ENOTDIR|ELOOP|EEXIST|symbolic link|…)/,
    );
  });

  // mkdir answers ENOENT there, although the folder above exists.
  test.skipIf(!isLinux).each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['--cache-dir in /proc', ['--cache-dir=/proc/x'], {}],
    ['--cache-dir deep in /proc', ['--cache-dir=/proc/self/fdinfo/x/y/z'], {}],
    ['--cache-dir in /sys', ['--cache-dir=/sys/x/y'], {}],
    ['HOME in /proc', [], { HOME: '/proc/none' }],
    ['XDG_CACHE_HOME in /proc', [], { XDG_CACHE_HOME: '/proc/none' }],
  ])('in which none can be created ends the attempt: %s', async (_where, args, env) => {
    const { requests, told } = await twice({ args, env: { HOME: suite.home, ...env } });
    expect(requests).toBe(2);
    expect(told).toMatch(
      /debug: cache: not stored, \/(proc|sys)\/\S+ cannot be used: (ENOENT|EACCES|EPERM|EROFS)/,
    );
  });

  test('that is replaced by a link while a call runs is not followed the next time', async () => {
    const elsewhere = join(suite.home, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    suite.dex.behaviour.misbehave = () => {
      if (!existsSync(`${leaf()}.moved`)) {
        renameSync(leaf(), `${leaf()}.moved`);
        symlinkSync(elsewhere, leaf());
      }
      return undefined;
    };
    onTestFinished(() => {
      suite.dex.behaviour.misbehave = undefined;
    });
    expect(await getToken()).toMatchObject({ code: 0 });
    const { requests, told } = await twice();
    expect(requests).toBe(2);
    expect(told).toContain('dexchange is a symbolic link');
  });
});

describe('a sealing key', () => {
  test('that was lost is replaced, and old entries are misses', async () => {
    await getToken();
    renameSync(keyFile(), `${keyFile()}.lost`);
    expect((await twice()).requests).toBe(1);
  });

  test.each<[string, (path: string) => void, string]>([
    ['cut off', (path) => truncateSync(path, 16), 'is not a sealing key'],
    ['emptied', (path) => truncateSync(path, 0), 'is not a sealing key'],
    ['opened to others', (path) => chmodSync(path, 0o644), 'is open to others'],
    ['replaced by a link', (path) => linkAway(path), 'is a symbolic link'],
    ['replaced by a link to nowhere', (path) => linkAway(path, '/none'), 'is a symbolic link'],
    ['replaced by a folder', (path) => folderInstead(path), 'is not a regular file'],
  ])('that was %s disables the cache, and no second key is made', async (_what, damage, why) => {
    await getToken();
    damage(keyFile());
    const { requests, told } = await twice();
    expect(requests).toBe(2);
    expect(told).toContain(`debug: cache: miss, ${keyFile()} ${why}`);
    expect(told).toContain(`debug: cache: not stored, ${keyFile()} ${why}`);
    expect(readdirSync(leaf())).not.toContain('key');
  });

  test('that is unusable is not replaced in --cache-dir, and --explain says why', async () => {
    await getToken();
    truncateSync(keyFile(), 16);
    const named = join(suite.home, 'named');
    const args = ['--explain', '--connector-id=mock', `--cache-dir=${named}`];
    const { stdout } = await suite.getToken(args, { env: { SUBJECT_TOKEN: 'any' } });
    expect(stdout).toContain('is not a sealing key');
    expect(readdirSync(join(named, 'dexchange'))).toEqual([]);
  });

  test('that was changed costs one request', async () => {
    await getToken();
    writeFileSync(keyFile(), Buffer.alloc(32, 1));
    expect((await twice()).requests).toBe(1);
    expect((await twice()).requests).toBe(0);
  });

  test.skipIf(!isRoot || !isLinux)(
    'in a home that this user cannot enter counts as none (needs root and setpriv)',
    async () => {
      await getToken();
      chmodSync(suite.home, 0o700);
      const named = freshFolder();
      onTestFinished(named.remove);
      chownSync(named.path, 12_345, 12_345);
      const args = [`--cache-dir=${named.path}`];
      expect((await twice({ args, wrapper: stranger, cwd: '/' })).requests).toBe(1);
      expect(readdirSync(join(named.path, 'dexchange'))).toContain('key');
    },
  );

  test('of another home gives the same folder a separate cache', async () => {
    const args = [`--cache-dir=${join(suite.home, 'shared')}`];
    const first = { args, env: { HOME: join(suite.home, 'one') } };
    const second = { args, env: { HOME: join(suite.home, 'two') } };
    expect((await twice(first)).requests).toBe(1);
    expect((await twice(second)).requests).toBe(1);
    expect((await twice(first)).requests).toBe(0);
    const name = readdirSync(join(suite.home, 'shared', 'dexchange'));
    expect(name).toHaveLength(2);
    // The keys change places: each finds the other's entry, which is of the same identity.
    const key = (user: string) => join(suite.home, user, '.local/share/dexchange/key');
    const [one, two] = [readFileSync(key('one')), readFileSync(key('two'))];
    writeFileSync(key('one'), two);
    writeFileSync(key('two'), one);
    expect((await twice(first)).requests).toBe(0);
    expect((await twice(second)).requests).toBe(0);
  });
});

test.each([-3_650, -1, 1, 3_650])(
  'files with a modification time %d days ago are valid',
  async (days) => {
    await getToken();
    const then = new Date(Date.now() - days * 86_400_000);
    for (const name of readdirSync(leaf())) utimesSync(join(leaf(), name), then, then);
    utimesSync(keyFile(), then, then);
    expect((await twice()).requests).toBe(0);
  },
);

function linkAway(path: string, target = `${path}.moved`): void {
  renameSync(path, `${path}.moved`);
  symlinkSync(target, path);
}

function folderInstead(path: string): void {
  renameSync(path, `${path}.moved`);
  mkdirSync(path, { mode: 0o700 });
}

function mountsTmpfs(): boolean {
  const folder = freshFolder();
  try {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path]);
    if (mounted.status !== 0) return false;
    return spawnSync('umount', [folder.path]).status === 0;
  } finally {
    folder.remove();
  }
}

/** Mounts a small disk that is unmounted when the test ends; returns its path. */
function tmpfs(options: string): string {
  const disk = join(suite.home, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  onTestFinished(() => {
    spawnSync('umount', ['-l', disk]);
  });
  return disk;
}

function fill(disk: string): void {
  try {
    for (let at = 0; ; at++) writeFileSync(join(disk, `filler-${at}`), Buffer.alloc(4096));
  } catch {
    // Full.
  }
}
