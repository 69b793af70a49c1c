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
const denial = new DexchangeError('dex_client_refused', 'no', { hint: 'check it' });
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

/** A runtime with real files, lock and clean-up; Dex names the owner in its tokens. */
function realFilesRuntime(folder: string): FakeRuntime {
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

/** Shifts the times of files, which come from the real clock, to the fake clock. */
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

async function getToken(runtime: FakeRuntime, name: Name): Promise<string> {
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
  /** The path of each part. */
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

/** Creates a cache with an entry, a marker and a denial of two identities, and a folder outside. */
async function createCache(): Promise<Cache> {
  const folder = emptyFolder();
  const leaf = join(folder, 'cache');
  const stems: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const runtime = realFilesRuntime(folder);
    const { dex } = runtime;
    runtime.dex = () => Promise.reject(denial);
    await getToken(runtime, name).catch(() => {});
    runtime.dex = dex;
    runtime.pass(20_000);
    await getToken(runtime, name);
    await getToken(runtime, name);
    const stem = readdirSync(leaf).find(
      (file) => !Object.values(stems).includes(file.slice(0, 32)),
    );
    stems[name] = stem?.slice(0, 32) ?? '';
    expect(readdirSync(leaf).filter((file) => file.startsWith(stems[name] ?? ''))).toHaveLength(3);
  }
  const outside = join(folder, 'outside');
  mkdirSync(join(outside, 'folder'), { recursive: true });
  writeFileSync(join(outside, 'file'), 'precious', { mode: 0o600 });
  writeFileSync(join(outside, 'folder', 'file'), 'precious', { mode: 0o600 });
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

/** Contents and metadata of the folder outside, to detect any access that changes it. */
function outsideState({ folder }: Cache): unknown {
  const stateOf = (path: string): unknown => {
    const { mode, uid, mtimeMs, size } = lstatSync(path);
    const inside = lstatSync(path).isDirectory()
      ? readdirSync(path).map((name) => stateOf(join(path, name)))
      : readFileSync(path, 'utf8');
    return { path, mode, uid, mtimeMs, size, inside };
  };
  return stateOf(join(folder, 'outside'));
}

type Damage = (path: string, cache: Cache) => void;

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Replaces a file. */
function replacedBy(make: Damage): Damage {
  return (path, cache) => {
    remove(path);
    make(path, cache);
  };
}

function edited(edit: (bytes: Buffer) => Buffer): Damage {
  return (path) => {
    if (!existsSync(path) || !lstatSync(path).isFile()) return;
    if (lstatSync(path).size > 2 ** 20) return;
    writeFileSync(path, edit(readFileSync(path)));
  };
}

const damages: fc.Arbitrary<Damage> = fc.oneof(
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
  // Any JSON as the header of a well-formed entry.
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
    (from): Damage =>
      (path, { files }) => {
        if (!existsSync(files[from]) || files[from] === path) return;
        remove(path);
        if (lstatSync(files[from]).isFile()) copyFileSync(files[from], path);
      },
  ),
  fc.constantFrom(...parts).map(
    (from): Damage =>
      (path, { files }) => {
        if (!existsSync(files[from]) || !existsSync(path) || files[from] === path) return;
        renameSync(path, `${path}.swap`);
        renameSync(files[from], path);
        renameSync(`${path}.swap`, files[from]);
      },
  ),
  fc.constantFrom<Damage>(
    remove,
    replacedBy((path) => mkdirSync(path)),
    replacedBy((path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'inside'), '');
    }),
    replacedBy((path, { folder }) => symlinkSync(join(folder, 'outside', 'file'), path)),
    replacedBy((path, { folder }) => symlinkSync(join(folder, 'outside', 'folder'), path)),
    replacedBy((path, { folder }) => symlinkSync(join(folder, 'outside', 'none'), path)),
    replacedBy((path) => symlinkSync(path, path)),
    replacedBy((path) => symlinkSync('/dev/zero', path)),
    replacedBy((path, { folder }) => linkSync(join(folder, 'outside', 'file'), path)),
    replacedBy((path) => {
      writeFileSync(path, '', { mode: 0o600 });
      truncateSync(path, 2 ** 32);
    }),
    ...(has('mkfifo')
      ? [replacedBy((path) => void execFileSync('mkfifo', ['-m', '600', path]))]
      : []),
    ...(isRoot && has('mknod')
      ? [replacedBy((path) => void execFileSync('mknod', ['-m', '600', path, 'c', '1', '5']))]
      : []),
  ),
  fc.integer({ min: 0, max: 0o7777 }).map(
    (mode): Damage =>
      (path) => {
        if (existsSync(path) && !lstatSync(path).isSymbolicLink()) chmodSync(path, mode);
      },
  ),
  ...(isRoot
    ? [
        fc.integer({ min: 1, max: 70_000 }).map(
          (uid): Damage =>
            (path) => {
              if (existsSync(path) && !lstatSync(path).isSymbolicLink()) chownSync(path, uid, uid);
            },
        ),
      ]
    : []),
);

test('an old entry that is restored is not used', async () => {
  const { folder, files } = await createCache();
  const runtime = realFilesRuntime(folder);
  copyFileSync(files.entry, `${files.entry}.old`);
  runtime.pass(700_000);
  expect(await getToken(runtime, 'mine')).toBe('mine 0');
  renameSync(`${files.entry}.old`, files.entry);
  expect(await getToken(runtime, 'mine')).toBe('mine 1');
});

test('a forged marker causes one request a minute, not one per call', async () => {
  const { folder, files } = await createCache();
  const runtime = realFilesRuntime(folder);
  runtime.pass(60_000);
  for (let second = 0; second < 120; second++) {
    const [entryMs, bypassedMs] = readFileSync(files.asked, 'latin1').split('\n');
    writeFileSync(files.asked, `${entryMs}\n${bypassedMs}\nparent\nanother\n`);
    runtime.pass(1000);
    await getToken(runtime, 'mine');
  }
  expect(runtime.exchanged.length).toBeLessThanOrEqual(3);
});

test('clean-up removes stale files from a folder with thousands of files in use', {
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

describe('the cache returns the right credential or a miss after', () => {
  async function expectRightCredential(cache: Cache, hasDenial: boolean): Promise<void> {
    const before = outsideState(cache);
    for (const _again of [1, 2]) {
      const runtime = realFilesRuntime(cache.folder);
      // After the denials have expired, unless they are under test.
      runtime.pass(hasDenial ? 5000 : 40_000);
      let token: string;
      try {
        token = await getToken(runtime, 'mine');
      } catch (error) {
        // Only an intact denial that has not expired may be thrown.
        if (!hasDenial) throw error;
        expect(error).toMatchObject({ code: 'dex_client_refused', message: 'no' });
        continue;
      }
      expect(token).toMatch(/^mine \d$/);
    }
    expect(outsideState(cache)).toEqual(before);
  }

  test('thousands of random damages', { timeout: 300_000 }, async () => {
    const template = await createCache();
    const copy = join(emptyFolder(), 'copy');
    const moved = (path: string) => path.replace(template.folder, copy);
    const cache: Cache = {
      folder: copy,
      files: Object.fromEntries(
        Object.entries(template.files).map(([part, path]) => [part, moved(path)]),
      ) as Cache['files'],
    };
    const damaged = fc.array(fc.tuple(fc.constantFrom(...parts), damages), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(damaged, fc.boolean(), async (each, hasDenial) => {
        remove(copy);
        cpSync(template.folder, copy, { recursive: true });
        chmodSync(join(copy, 'cache'), 0o700);
        chmodSync(join(copy, 'data'), 0o700);
        for (const [part, damage] of each) damage(cache.files[part], cache);
        await expectRightCredential(cache, hasDenial);
      }),
      // A slow machine runs as many as it can in a minute; a counterexample is not shrunk.
      { numRuns: 2000, interruptAfterTimeLimit: 60_000, endOnFailure: true },
    );
  });

  test.each(parts)('a socket replaces the %s', async (part) => {
    const cache = await createCache();
    remove(cache.files[part]);
    const server = createServer();
    // The path of a socket must be short.
    const short = join(emptyFolder(), 's');
    await new Promise<void>((resolve) => server.listen(short, resolve));
    onTestFinished(() => void server.close());
    renameSync(short, cache.files[part]);
    await expectRightCredential(cache, false);
  });

  test.each(parts)('another user owns the %s', async (part) => {
    const cache = await createCache();
    if (!isRoot || !existsSync(cache.files[part])) return;
    chownSync(cache.files[part], 12_345, 12_345);
    await expectRightCredential(cache, false);
  });
});
