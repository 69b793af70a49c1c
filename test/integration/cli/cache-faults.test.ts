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
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Dex, dexClients, startDex } from '../../support/dex.ts';
import { dexchange, freshFolder } from '../../support/dexchange.ts';
import type { Ended } from '../../support/run-to-end.ts';

const isRoot = process.geteuid?.() === 0;
const isLinux = process.platform === 'linux';
const canMount = isRoot && isLinux && mountsTmpfs();

let dex: Dex;
let home: string;

beforeAll(async () => {
  dex = await startDex();
});
afterAll(() => dex.close());
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
});

interface Options {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs the program, which comes behind it. */
  readonly wrapper?: readonly string[];
}

const [client] = dexClients;

/** A call with `-v` in the given environment and nothing besides it. */
function getToken({ args = [], env = { HOME: home }, cwd, wrapper }: Options = {}): Promise<Ended> {
  return dexchange(
    [
      ...['get-token', '-v', '-o', 'token', `--dex-url=${dex.issuer}`],
      ...[`--client-id=${client.id}`, '--connector-id=mock', ...args],
    ],
    {
      env: { SUBJECT_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: client.secret, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      ...(wrapper === undefined ? {} : { wrapper }),
    },
  );
}

/** Two calls that both give a credential; tells by how many requests. */
async function twice(options: Options = {}): Promise<{ requests: number; told: string }> {
  const before = dex.tokenRequests().length;
  const ended = [await getToken(options), await getToken(options)];
  for (const { code, stdout, stderr } of ended) {
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^debug: /);
  }
  const told = ended.map(({ stderr }) => stderr).join('');
  return { requests: dex.tokenRequests().length - before, told };
}

const leaf = (): string => join(home, '.cache', 'dexchange');
const keyFile = (): string => join(home, '.local', 'share', 'dexchange', 'key');

describe('a disk', () => {
  test.skipIf(!canMount)(
    'that is full means no cache, and says so (needs root and tmpfs)',
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
    'that fills up later still serves what is cached (needs root)',
    async () => {
      const disk = tmpfs('size=128k');
      await getToken({ args: [`--cache-dir=${disk}`] });
      fill(disk);
      const args = [`--cache-dir=${disk}`];
      expect((await twice({ args })).requests).toBe(0);
      // Due for renewal, which has no room for a lock, or for the result.
      const aging = await twice({ args: [...args, '--refresh-before=9m'] });
      expect(aging.told).toContain('debug: cache:');
      const names = readdirSync(join(disk, 'dexchange'));
      expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );

  test.skipIf(!isLinux)('that takes no more than nothing means no cache', async () => {
    mkdirSync(leaf(), { recursive: true, mode: 0o700 });
    const wrapper = ['/bin/sh', '-c', 'ulimit -f 0; exec "$0" "$@"'];
    const { requests, told } = await twice({ wrapper });
    expect(requests).toBe(2);
    expect(told).toContain('EFBIG');
    expect(readdirSync(leaf())).toEqual([]);
  });

  test.skipIf(!canMount)('that became read-only serves what is cached (needs root)', async () => {
    const disk = tmpfs('size=1m');
    const args = [`--cache-dir=${disk}`];
    await getToken({ args });
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    expect((await twice({ args })).requests).toBe(0);
    const aging = await twice({ args: [...args, '--refresh-before=9m'] });
    expect(aging.requests).toBe(0);
    const other = await twice({ args, env: { HOME: home, SUBJECT_TOKEN: 'another' } });
    expect(other.requests).toBe(2);
    expect(other.told).toMatch(/debug: cache: not stored, .*EROFS/);
  });
});

describe('a home', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['HOME is empty', { HOME: '' }],
    ['HOME is relative', { HOME: 'relative/home' }],
  ])('that is none since %s leaves nothing in the working folder', async (_why, env) => {
    const cwd = join(home, 'cwd');
    mkdirSync(cwd);
    const { told } = await twice({ env, cwd, args: [`--cache-dir=${join(home, 'named')}`] });
    expect(told).toContain('debug: cache: hit');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('that is no folder means no cache', async () => {
    writeFileSync(join(home, 'file'), '');
    const { requests, told } = await twice({ env: { HOME: join(home, 'file') } });
    expect(requests).toBe(2);
    expect(told).toMatch(/debug: cache: not stored, .*file.* cannot be used: ENOTDIR/);
  });

  test.skipIf(!isRoot || !isLinux)(
    'is not needed by a user id without a passwd entry (needs root and setpriv)',
    async () => {
      const named = join(home, 'named');
      mkdirSync(named);
      chownSync(named, 12_345, 12_345);
      chmodSync(home, 0o755);
      const wrapper = stranger;
      const without = await twice({ env: {}, wrapper, cwd: '/' });
      expect(without.requests).toBe(2);
      expect(without.told).toContain('there is no home folder; --cache-dir can name another');
      const withDir = await twice({ env: {}, wrapper, cwd: '/', args: [`--cache-dir=${named}`] });
      expect(withDir.requests).toBe(1);
      const rootHome = await twice({ env: { HOME: '/' }, wrapper, cwd: '/' });
      expect(rootHome.requests).toBe(2);
      expect(rootHome.told).toMatch(/debug: cache: not stored, .*EACCES/);
    },
  );

  test.skipIf(!isRoot || !isLinux)(
    'that cannot be written means no cache (needs root and setpriv)',
    async () => {
      chmodSync(home, 0o555);
      const { requests, told } = await twice({ wrapper: stranger, cwd: '/' });
      expect(requests).toBe(2);
      expect(told).toMatch(/debug: cache: not stored, .*EACCES/);
    },
  );
});

const stranger = ['setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups'] as const;

describe('XDG folders', () => {
  test.skipIf(!isLinux).each(['relative/folder', ''])('that are %j are ignored', async (value) => {
    const cwd = join(home, 'cwd');
    mkdirSync(cwd);
    const env = { HOME: home, XDG_CACHE_HOME: value, XDG_DATA_HOME: value };
    expect((await twice({ env, cwd })).requests).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
    expect(existsSync(leaf())).toBe(true);
    expect(existsSync(keyFile())).toBe(true);
  });

  test.skipIf(!isLinux)(
    'that cannot be used: the cache says so, the key finds another place',
    async () => {
      writeFileSync(join(home, 'file'), '');
      const noCache = await twice({ env: { HOME: home, XDG_CACHE_HOME: join(home, 'file') } });
      expect(noCache.requests).toBe(2);
      expect(noCache.told).toMatch(/debug: cache: not stored, .*ENOTDIR/);
      const noData = await twice({ env: { HOME: home, XDG_DATA_HOME: join(home, 'file') } });
      expect(noData.requests).toBe(1);
      expect(readdirSync(leaf())).toContain('key');
    },
  );
});

describe('a umask', () => {
  test.each(['0000', '0777'])('of %s opens nothing to others', async (umask) => {
    const wrapper = ['/bin/sh', '-c', `umask ${umask}; exec "$0" "$@"`];
    await twice({ wrapper });
    const found = spawnSync('find', [home, '-mindepth', '1', '-perm', '/077'], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
  });

  test.skipIf(!isRoot || !isLinux)(
    'that closes folders to their owner means no cache (needs root and setpriv)',
    async () => {
      chownSync(home, 12_345, 12_345);
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
  ])('whose name has %s', async (_what, name) => {
    expect((await twice({ args: [`--cache-dir=${join(home, name)}`] })).requests).toBe(1);
    expect(readdirSync(join(home, name, 'dexchange'))).toHaveLength(1);
    // What is said of it keeps to its line.
    chmodSync(join(home, name, 'dexchange'), 0o755);
    const { requests, told } = await twice({ args: [`--cache-dir=${join(home, name)}`] });
    expect(requests).toBe(2);
    expect(told).toContain('is open to others');
  });

  test.each([
    ['a name that is too long', () => 'n'.repeat(256)],
    ['a path that is too long', () => 'path/'.repeat(900)],
    ['a file in its way', () => 'file/x'],
  ])('with %s means no cache', async (_what, name) => {
    writeFileSync(join(home, 'file'), '');
    const { requests, told } = await twice({ args: [`--cache-dir=${join(home, name())}`] });
    expect(requests).toBe(2);
    // A very long line is cut off.
    expect(told).toMatch(/debug: cache: not stored, .*(ENAMETOOLONG|ENOTDIR|…)/);
  });

  test('that is replaced by a link while a call runs is not followed the next time', async () => {
    const elsewhere = join(home, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    dex.behaviour.misbehave = () => {
      if (!existsSync(`${leaf()}.moved`)) {
        renameSync(leaf(), `${leaf()}.moved`);
        symlinkSync(elsewhere, leaf());
      }
      return undefined;
    };
    onTestFinished(() => {
      dex.behaviour.misbehave = undefined;
    });
    expect(await getToken()).toMatchObject({ code: 0 });
    const { requests, told } = await twice();
    expect(requests).toBe(2);
    expect(told).toContain('dexchange is a symbolic link');
  });
});

describe('a sealing key', () => {
  test('that was lost is made anew, and old entries are misses', async () => {
    await getToken();
    renameSync(keyFile(), `${keyFile()}.lost`);
    expect((await twice()).requests).toBe(1);
  });

  test.each([
    ['cut off', (path: string) => truncateSync(path, 16)],
    ['emptied', (path: string) => truncateSync(path, 0)],
    ['opened to others', (path: string) => chmodSync(path, 0o644)],
    ['changed', (path: string) => writeFileSync(path, Buffer.alloc(32, 1))],
  ])('that was %s costs one request', async (_what, damage) => {
    await getToken();
    damage(keyFile());
    expect((await twice()).requests).toBe(1);
    expect((await twice()).requests).toBe(0);
  });

  test('of another home makes another cache of the same folder', async () => {
    const args = [`--cache-dir=${join(home, 'shared')}`];
    const first = { args, env: { HOME: join(home, 'one') } };
    const second = { args, env: { HOME: join(home, 'two') } };
    expect((await twice(first)).requests).toBe(1);
    expect((await twice(second)).requests).toBe(1);
    expect((await twice(first)).requests).toBe(0);
    const name = readdirSync(join(home, 'shared', 'dexchange'));
    expect(name).toHaveLength(2);
    // The keys change places: each finds the other's entry, which is of the same identity.
    const key = (user: string) => join(home, user, '.local/share/dexchange/key');
    const [one, two] = [readFileSync(key('one')), readFileSync(key('two'))];
    writeFileSync(key('one'), two);
    writeFileSync(key('two'), one);
    expect((await twice(first)).requests).toBe(0);
    expect((await twice(second)).requests).toBe(0);
  });
});

test.each([-3_650, -1, 1, 3_650])(
  'files that are %d days old are used all the same',
  async (days) => {
    await getToken();
    const then = new Date(Date.now() - days * 86_400_000);
    for (const name of readdirSync(leaf())) utimesSync(join(leaf(), name), then, then);
    utimesSync(keyFile(), then, then);
    expect((await twice()).requests).toBe(0);
  },
);

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

/** A small disk of its own, gone when the test is over. */
function tmpfs(options: string): string {
  const disk = join(home, 'disk');
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
