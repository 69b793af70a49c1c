import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cleanUp } from '../../src/cache/clean-up.ts';
import { DexchangeError } from '../../src/errors.ts';
import { cacheFolderFiles } from '../../src/platform/cache-folder.ts';
import { tryLockFile } from '../../src/platform/lock-file.ts';
import type { CacheFiles } from '../../src/ports.ts';
import { emptyFolder } from '../unit/support/folder.ts';
import { credentialOf, type FakeRuntime, fakeRuntime } from '../unit/support/runtime.ts';
import { settingsOf } from '../unit/support/settings.ts';

const isRoot = process.geteuid?.() === 0;
const refusal = new DexchangeError('dex_client_refused', 'no');
const names = ['mine', 'other'] as const;
type Name = (typeof names)[number];

function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return true;
  } catch {
    return false;
  }
}

/** Real files, a real lock and a real clean-up; Dex tells in its tokens whose they are. */
function anOutside(folder: string): FakeRuntime {
  const runtime = fakeRuntime(folder);
  runtime.dex = async (count) => ({
    token: `${runtime.exchanged.at(-1)?.subjectToken.reveal()} ${count}`,
    lifeMs: 600_000,
  });
  const { openNetwork } = runtime;
  runtime.openNetwork = async (call) => ({
    ...(await openNetwork(call)),
    tryLock: tryLockFile,
    cleanUp: (leaf) => cleanUp(leaf, filesAt(runtime), runtime.now(), () => true).length,
  });
  return runtime;
}

/** The files' times come from the real clock, the program's from the faked one. */
function filesAt(runtime: FakeRuntime): CacheFiles {
  return {
    ...cacheFolderFiles,
    *list(folder, most) {
      const aheadMs = runtime.now().wallMs - Date.now();
      for (const file of cacheFolderFiles.list(folder, most)) {
        yield { ...file, modifiedMs: file.modifiedMs + aheadMs };
      }
    },
  };
}

async function ask(runtime: FakeRuntime, name: Name): Promise<string> {
  const settings = settingsOf({
    flags: {
      'dex-url': 'https://dex.example.com/',
      'client-id': 'ci',
      'connector-id': 'gitlab',
      'client-secret': 'dex-s3cret',
      'subject-token': name,
    },
  });
  const { token } = await credentialOf(settings, runtime, true);
  return token.reveal();
}

interface Cache {
  readonly folder: string;
  /** The paths, by what they hold. */
  readonly files: Readonly<Record<Part, string>>;
}

const parts = [
  'entry',
  'refusal',
  'asked',
  'key',
  'lock',
  "other's entry",
  "other's asked",
] as const;
type Part = (typeof parts)[number];

/** Two identities' entries, markers and a refusal each, and something outside that is precious. */
async function aCache(): Promise<Cache> {
  const folder = emptyFolder();
  const leaf = join(folder, 'cache');
  const stems: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const runtime = anOutside(folder);
    const { dex } = runtime;
    runtime.dex = () => Promise.reject(refusal);
    await ask(runtime, name).catch(() => {});
    runtime.dex = dex;
    runtime.pass(20_000);
    await ask(runtime, name);
    await ask(runtime, name);
    const stem = readdirSync(leaf).find(
      (file) => !Object.values(stems).includes(file.slice(0, 32)),
    );
    stems[name] = stem?.slice(0, 32) ?? '';
    expect(readdirSync(leaf).filter((file) => file.startsWith(stems[name] ?? ''))).toHaveLength(3);
  }
  const precious = join(folder, 'outside');
  mkdirSync(join(precious, 'folder'), { recursive: true });
  writeFileSync(join(precious, 'file'), 'precious', { mode: 0o600 });
  writeFileSync(join(precious, 'folder', 'file'), 'precious', { mode: 0o600 });
  const file = (name: Name, ending: string) => join(leaf, `${stems[name]}.${ending}`);
  return {
    folder,
    files: {
      entry: file('mine', 'entry'),
      refusal: file('mine', 'refusal'),
      asked: file('mine', 'asked'),
      lock: file('mine', 'lock'),
      key: join(folder, 'data', 'key'),
      "other's entry": file('other', 'entry'),
      "other's asked": file('other', 'asked'),
    },
  };
}

/** Everything about the folder outside, so that whatever touches it shows. */
function outsideOf({ folder }: Cache): unknown {
  const look = (path: string): unknown => {
    const { mode, uid, mtimeMs, size } = lstatSync(path);
    const inside = lstatSync(path).isDirectory()
      ? readdirSync(path).map((name) => look(join(path, name)))
      : readFileSync(path, 'utf8');
    return { path, mode, uid, mtimeMs, size, inside };
  };
  return look(join(folder, 'outside'));
}

type Spoil = (path: string, cache: Cache) => void;

function gone(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Puts another thing in the place of a file. */
function instead(make: Spoil): Spoil {
  return (path, cache) => {
    gone(path);
    make(path, cache);
  };
}

function edited(edit: (bytes: Buffer) => Buffer): Spoil {
  return (path) => {
    if (!existsSync(path) || !lstatSync(path).isFile()) return;
    if (lstatSync(path).size > 2 ** 20) return;
    writeFileSync(path, edit(readFileSync(path)));
  };
}

const spoils: fc.Arbitrary<Spoil> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(2 ** 20), fc.integer({ min: 1, max: 255 })),
  }.arbitrary.map(([at, flip]) =>
    edited((bytes) => {
      if (bytes.length === 0) return bytes;
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ flip;
      return copy;
    }),
  ),
  fc.nat(2 ** 20).map((at) => edited((bytes) => bytes.subarray(0, at % (bytes.length + 1)))),
  fc.uint8Array({ maxLength: 600 }).map((more) => edited((bytes) => Buffer.concat([bytes, more]))),
  fc.uint8Array({ maxLength: 600 }).map((bytes) => edited(() => Buffer.from(bytes))),
  // A header that says anything, in the right frame.
  fc.json({ maxDepth: 3 }).map((header) =>
    edited((bytes) => {
      const text = Buffer.from(header);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return Buffer.concat([Buffer.from('dxc1'), length, text, bytes.subarray(-80)]);
    }),
  ),
  fc
    .string({ maxLength: 200 })
    .map((text) => edited(() => Buffer.from(text.replaceAll(' ', '\n')))),
  fc
    .tuple(fc.double(), fc.double())
    .map(([entryMs, bypassedMs]) =>
      edited(() => Buffer.from(`${entryMs}\n${bypassedMs}\nparent\n`)),
    ),
  fc.constantFrom(...parts).map(
    (from): Spoil =>
      (path, { files }) => {
        if (!existsSync(files[from]) || files[from] === path) return;
        gone(path);
        if (lstatSync(files[from]).isFile()) copyFileSync(files[from], path);
      },
  ),
  fc.constantFrom(...parts).map(
    (from): Spoil =>
      (path, { files }) => {
        if (!existsSync(files[from]) || !existsSync(path) || files[from] === path) return;
        renameSync(path, `${path}.swap`);
        renameSync(files[from], path);
        renameSync(`${path}.swap`, files[from]);
      },
  ),
  fc.constantFrom<Spoil>(
    gone,
    instead((path) => mkdirSync(path)),
    instead((path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'inside'), '');
    }),
    instead((path, { folder }) => symlinkSync(join(folder, 'outside', 'file'), path)),
    instead((path, { folder }) => symlinkSync(join(folder, 'outside', 'folder'), path)),
    instead((path, { folder }) => symlinkSync(join(folder, 'outside', 'none'), path)),
    instead((path) => symlinkSync(path, path)),
    instead((path) => symlinkSync('/dev/zero', path)),
    instead((path, { folder }) => linkSync(join(folder, 'outside', 'file'), path)),
    instead((path) => {
      writeFileSync(path, '', { mode: 0o600 });
      truncateSync(path, 2 ** 32);
    }),
    ...(has('mkfifo') ? [instead((path) => void execFileSync('mkfifo', ['-m', '600', path]))] : []),
    ...(isRoot && has('mknod')
      ? [instead((path) => void execFileSync('mknod', ['-m', '600', path, 'c', '1', '5']))]
      : []),
  ),
  fc.integer({ min: 0, max: 0o7777 }).map(
    (mode): Spoil =>
      (path) => {
        if (existsSync(path) && !lstatSync(path).isSymbolicLink()) chmodSync(path, mode);
      },
  ),
  ...(isRoot
    ? [
        fc.integer({ min: 1, max: 70_000 }).map(
          (uid): Spoil =>
            (path) => {
              if (existsSync(path) && !lstatSync(path).isSymbolicLink()) chownSync(path, uid, uid);
            },
        ),
      ]
    : []),
);

test('an old entry that is put back is no credential any more', async () => {
  const { folder, files } = await aCache();
  const runtime = anOutside(folder);
  copyFileSync(files.entry, `${files.entry}.old`);
  runtime.pass(700_000);
  expect(await ask(runtime, 'mine')).toBe('mine 0');
  renameSync(`${files.entry}.old`, files.entry);
  expect(await ask(runtime, 'mine')).toBe('mine 1');
});

test('a forged marker causes one request a minute, not one per call', async () => {
  const { folder, files } = await aCache();
  const runtime = anOutside(folder);
  runtime.pass(60_000);
  for (let second = 0; second < 120; second++) {
    const [entryMs, bypassedMs] = readFileSync(files.asked, 'latin1').split('\n');
    writeFileSync(files.asked, `${entryMs}\n${bypassedMs}\nparent\nanother\n`);
    runtime.pass(1000);
    await ask(runtime, 'mine');
  }
  expect(runtime.exchanged.length).toBeLessThanOrEqual(3);
});

test('of a folder with thousands of files in use, the others go all the same', {
  timeout: 60_000,
}, () => {
  const leaf = join(emptyFolder(), 'cache');
  mkdirSync(leaf, { mode: 0o700 });
  const now = fakeRuntime(leaf).now();
  const stem = (index: number): string => index.toString(16).padStart(32, '0');
  const inUse = new Date(now.wallMs);
  const old = new Date(now.wallMs - 25 * 3_600_000);
  for (let index = 0; index < 3000; index++) {
    const path = join(leaf, `${stem(index)}.asked`);
    writeFileSync(path, '');
    const modified = index % 2 === 0 ? inUse : old;
    utimesSync(path, modified, modified);
  }
  for (let call = 0; call < 40; call++) cleanUp(leaf, cacheFolderFiles, now, () => true);
  const left = readdirSync(leaf).length;
  expect(left).toBeGreaterThanOrEqual(1500);
  expect(left).toBeLessThan(1520);
});

describe('whatever is done to its files, the cache gives the right credential or a miss:', () => {
  async function expectRight(cache: Cache, hasRefusal: boolean): Promise<void> {
    const before = outsideOf(cache);
    for (const _again of [1, 2]) {
      const runtime = anOutside(cache.folder);
      // Later than the refusals' ends, but for those whose files are what is tried.
      runtime.pass(hasRefusal ? 5000 : 40_000);
      let given: string;
      try {
        given = await ask(runtime, 'mine');
      } catch (error) {
        // A refusal that is still in force, whole and in its place; nothing else may be thrown.
        if (!hasRefusal) throw error;
        expect(error).toMatchObject({ code: 'dex_client_refused', message: 'no' });
        continue;
      }
      expect(given).toMatch(/^mine \d$/);
    }
    expect(outsideOf(cache)).toEqual(before);
  }

  test('thousands of random ones', { timeout: 300_000 }, async () => {
    const template = await aCache();
    const there = join(emptyFolder(), 'there');
    const moved = (path: string) => path.replace(template.folder, there);
    const cache: Cache = {
      folder: there,
      files: Object.fromEntries(
        Object.entries(template.files).map(([part, path]) => [part, moved(path)]),
      ) as Cache['files'],
    };
    const spoiled = fc.array(fc.tuple(fc.constantFrom(...parts), spoils), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(spoiled, fc.boolean(), async (each, hasRefusal) => {
        gone(there);
        cpSync(template.folder, there, { recursive: true });
        chmodSync(join(there, 'cache'), 0o700);
        chmodSync(join(there, 'data'), 0o700);
        for (const [part, spoil] of each) spoil(cache.files[part], cache);
        await expectRight(cache, hasRefusal);
      }),
      // On a busy machine as many as a minute allows; a counterexample is told as it was found.
      { numRuns: 2000, interruptAfterTimeLimit: 60_000, endOnFailure: true },
    );
  });

  test.each(parts)('a socket in the place of the %s', async (part) => {
    const cache = await aCache();
    gone(cache.files[part]);
    const server = createServer();
    // Paths of sockets are short.
    const short = join(emptyFolder(), 's');
    await new Promise<void>((resolve) => server.listen(short, resolve));
    onTestFinished(() => void server.close());
    renameSync(short, cache.files[part]);
    await expectRight(cache, false);
  });

  test.each(parts)('the %s of somebody else', async (part) => {
    const cache = await aCache();
    if (!isRoot || !existsSync(cache.files[part])) return;
    chownSync(cache.files[part], 12_345, 12_345);
    await expectRight(cache, false);
  });
});
