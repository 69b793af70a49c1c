import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/cache/entry.ts';
import type { CachePlace } from '../../../src/cache/folder.ts';
import type { KeyInput } from '../../../src/cache/key.ts';
import {
  createStore,
  type EntryStore,
  type OpenedStore,
  openStore,
  type ReadEntry,
} from '../../../src/cache/store.ts';
import { privateFiles } from '../../../src/platform/private-files.ts';
import { Secret } from '../../../src/secret.ts';
import { emptyFolder } from '../support/folder.ts';

const inputs: readonly KeyInput[] = [['client-id', 'ci']];

const entry: Entry = {
  dex: 'https://dex.example.com/',
  connector: 'gitlab',
  obtained: { wallMs: 1, steadyMs: 1, bootId: undefined },
  lifeMs: 1,
  token: new Secret('a.b.c'),
};

function place(): CachePlace & { readonly data: string } {
  const folder = emptyFolder();
  const data = join(folder, 'data');
  const leaf = join(folder, 'cache', 'dexchange');
  return { leaf, keyFolders: [data, leaf], data };
}

function storeIn(opened: OpenedStore): EntryStore {
  if (opened.kind === 'none') throw new Error(opened.reason);
  return opened.store;
}

function created(at: CachePlace, keyInputs: readonly KeyInput[] = inputs): EntryStore {
  return storeIn(createStore(at, keyInputs, privateFiles));
}

function opened(at: CachePlace, keyInputs: readonly KeyInput[] = inputs): EntryStore {
  return storeIn(openStore(at, keyInputs, privateFiles));
}

function token(read: ReadEntry): string {
  return read.kind === 'none' ? `none: ${read.reason}` : read.entry.token.reveal();
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

test('opening for reading creates nothing', () => {
  const at = place();
  expect(openStore(at, inputs, privateFiles)).toEqual({ kind: 'none', reason: 'no cache yet' });
  expect(() => statSync(at.leaf)).toThrow('ENOENT');
});

test('a process finds the entry that another has written', () => {
  const at = place();
  const store = created(at);
  expect(token(store.read())).toBe('none: not cached yet');
  expect(store.write(entry)).toBeUndefined();
  expect(token(opened(at).read())).toBe('a.b.c');
  expect(token(created(at).read())).toBe('a.b.c');
});

test('folders and files are private, and the key is in the data folder', () => {
  const at = place();
  created(at).write(entry);
  const [file = '', ...others] = readdirSync(at.leaf);
  expect(file).toMatch(/^[0-9a-f]{32}\.entry$/);
  expect(others).toEqual([]);
  expect(readdirSync(at.data)).toEqual(['key']);
  expect([at.leaf, at.data].map(mode)).toEqual(['700', '700']);
  expect([join(at.leaf, file), join(at.data, 'key')].map(mode)).toEqual(['600', '600']);
  expect(readFileSync(join(at.data, 'key'))).toHaveLength(32);
});

test('a new entry replaces the old one and leaves no other file', () => {
  const at = place();
  const store = created(at);
  store.write(entry);
  store.write({ ...entry, token: new Secret('d.e.f') });
  expect(token(store.read())).toBe('d.e.f');
  expect(readdirSync(at.leaf)).toHaveLength(1);
});

test('other inputs have another entry and another lock', () => {
  const at = place();
  created(at).write(entry);
  const other = opened(at, [['client-id', 'cd']]);
  expect(token(other.read())).toBe('none: not cached yet');
  expect(other.lockPath).not.toBe(opened(at).lockPath);
});

test('the lock has a path of its own in the cache folder', () => {
  const at = place();
  const { lockPath } = created(at);
  expect(lockPath).toMatch(/\/[0-9a-f]{32}\.lock$/);
  expect(lockPath.startsWith(at.leaf)).toBe(true);
});

test('an entry does not open under the name of another', () => {
  const at = place();
  const mine = created(at);
  const other = created(at, [['client-id', 'cd']]);
  mine.write(entry);
  const [mineFile = ''] = readdirSync(at.leaf);
  other.write({ ...entry, token: new Secret('f.o.reign') });
  const otherFile = readdirSync(at.leaf).find((file) => file !== mineFile) ?? '';
  renameSync(join(at.leaf, otherFile), join(at.leaf, mineFile));
  expect(token(mine.read())).toBe('none: the entry is damaged, forged or of another version');
});

test('without its key the cache is empty, and a new key is created', () => {
  const at = place();
  created(at).write(entry);
  renameSync(join(at.data, 'key'), join(at.data, 'lost'));
  expect(openStore(at, inputs, privateFiles)).toEqual({
    kind: 'none',
    reason: 'no sealing key yet',
  });
  const store = created(at);
  expect(token(store.read())).toBe('none: not cached yet');
  expect(store.write(entry)).toBeUndefined();
  expect(token(opened(at).read())).toBe('a.b.c');
});

test('of two processes that create a key, the second uses the key of the first', () => {
  const at = place();
  created(at);
  const key = readFileSync(join(at.data, 'key'));
  let reads = 0;
  // The second process looks before the first has created its key.
  const opening = createStore(at, inputs, {
    ...privateFiles,
    read(path, maxBytes) {
      reads++;
      return reads <= 2
        ? { reason: 'not there yet', absent: true }
        : privateFiles.read(path, maxBytes);
    },
  });
  const racing = storeIn(opening);
  expect(readFileSync(join(at.data, 'key'))).toEqual(key);
  expect(readdirSync(at.leaf)).toEqual([]);
  racing.write(entry);
  expect(token(opened(at).read())).toBe('a.b.c');
});

describe('without a usable data folder the key is in the cache folder:', () => {
  test.each<[string, (at: ReturnType<typeof place>) => void]>([
    ['it cannot be created', (at) => writeFileSync(at.data, 'a file', { mode: 0o600 })],
    [
      'it is open to others',
      (at) => {
        mkdirSync(at.data);
        chmodSync(at.data, 0o777);
      },
    ],
    ['it is a link', (at) => symlinkSync(emptyFolder(), at.data)],
  ])('%s', (_why, damage) => {
    const at = place();
    damage(at);
    created(at).write(entry);
    expect(readdirSync(at.leaf)).toContain('key');
    expect(mode(join(at.leaf, 'key'))).toBe('600');
    expect(token(opened(at).read())).toBe('a.b.c');
  });

  test('there is no data folder', () => {
    const { leaf } = place();
    const at = { leaf, keyFolders: [leaf] };
    created(at).write(entry);
    expect(token(opened(at).read())).toBe('a.b.c');
  });
});

describe('the cache is not used, with a reason, if', () => {
  test.each<[string, (at: ReturnType<typeof place>) => void, (at: CachePlace) => string]>([
    [
      'its folder is open to others',
      ({ leaf }) => chmodSync(leaf, 0o755),
      ({ leaf }) => `${leaf} is open to others (mode 755)`,
    ],
    [
      'its folder is a link',
      ({ leaf }) => {
        renameSync(leaf, `${leaf}2`);
        symlinkSync(`${leaf}2`, leaf);
      },
      ({ leaf }) => `${leaf} is a symbolic link`,
    ],
    [
      'its folder is a file',
      ({ leaf }) => {
        renameSync(leaf, `${leaf}2`);
        writeFileSync(leaf, '', { mode: 0o600 });
      },
      ({ leaf }) => `${leaf} is not a folder`,
    ],
  ])('%s', (_why, damage, reason) => {
    const at = place();
    created(at).write(entry);
    damage(at);
    expect(openStore(at, inputs, privateFiles)).toEqual({ kind: 'none', reason: reason(at) });
  });

  test('an entry is open to others, a link, or too large', () => {
    const at = place();
    const store = created(at);
    store.write(entry);
    const path = join(at.leaf, readdirSync(at.leaf)[0] ?? '');
    chmodSync(path, 0o644);
    expect(token(store.read())).toBe(`none: ${path} is open to others (mode 644)`);
    chmodSync(path, 0o600);
    renameSync(path, `${path}2`);
    symlinkSync(`${path}2`, path);
    expect(token(store.read())).toBe(`none: ${path} is a symbolic link`);
    renameSync(`${path}2`, path);
    expect(token(store.read())).toBe('a.b.c');
    writeFileSync(path, Buffer.alloc(2 * 1024 * 1024 + 1));
    expect(token(store.read())).toBe(`none: ${path} is larger than 2097152 bytes`);
  });

  test.each([
    [0o644, 32, 'is open to others (mode 644)'],
    [0o600, 31, 'is not a sealing key'],
    [0o600, 33, 'is not a sealing key'],
    [0o600, 0, 'is not a sealing key'],
    [0o600, 34, 'is larger than 33 bytes'],
  ])('its key has mode %d and %d bytes', (keyMode, size, why) => {
    const at = place();
    created(at).write(entry);
    const path = join(at.data, 'key');
    writeFileSync(path, Buffer.alloc(size));
    chmodSync(path, keyMode);
    expect(openStore(at, inputs, privateFiles)).toEqual({ kind: 'none', reason: `${path} ${why}` });
  });

  test('it cannot be written to', () => {
    const at = place();
    const store = createStore(at, inputs, {
      ...privateFiles,
      replace: () => ({ reason: 'no space left', absent: false }),
    });
    expect(storeIn(store).write(entry)).toBe('no space left');
  });

  test('no key can be created', () => {
    const at = place();
    const store = createStore(at, inputs, {
      ...privateFiles,
      createOnce: () => ({ reason: 'no space left', absent: false }),
    });
    expect(store).toEqual({ kind: 'none', reason: 'no space left' });
  });
});
