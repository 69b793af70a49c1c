import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  checkScripts,
  recordScripts,
  writeCodeCaches,
} from '../../../scripts/package/code-caches.ts';
import { freshFolder } from '../../support/dexchange.ts';

let folder: string;

beforeEach(() => {
  const fresh = freshFolder();
  onTestFinished(fresh.remove);
  folder = fresh.path;
});

/** Writes what a run of the binary would: the nth text of each script, then its last one. */
function warming(texts: Readonly<Record<string, readonly string[]>>) {
  let runs = 0;
  return {
    runs: () => runs,
    warm: async (written: string) => {
      for (const [name, all] of Object.entries(texts)) {
        writeFileSync(join(written, `${name}.cache`), all[runs] ?? all.at(-1) ?? '');
      }
      runs += 1;
    },
  };
}

function written(name: string): string {
  return readFileSync(join(folder, `${name}.cache`), 'utf8');
}

test('two runs that agree are enough', async () => {
  const { runs, warm } = warming({ main: ['a'], network: ['b'] });
  expect(await writeCodeCaches(['main', 'network'], folder, warm)).toBe(true);
  expect(runs()).toBe(2);
  expect(written('main')).toBe('a');
});

test('each script has the code cache that two runs agree on', async () => {
  const { runs, warm } = warming({ main: ['a', 'x', 'a', 'y'], network: ['b', 'c', 'd', 'c'] });
  expect(await writeCodeCaches(['main', 'network'], folder, warm)).toBe(true);
  expect(runs()).toBe(4);
  expect([written('main'), written('network')]).toEqual(['a', 'c']);
});

test('it gives up when runs keep differing', async () => {
  const { runs, warm } = warming({ main: Array.from({ length: 20 }, (_, n) => String(n)) });
  expect(await writeCodeCaches(['main'], folder, warm)).toBe(false);
  expect(runs()).toBeLessThan(20);
  expect(written('main')).toBe(String(runs() - 1));
});

test('a script that no command loads is an error', async () => {
  const { warm } = warming({ main: ['a'] });
  await expect(writeCodeCaches(['main', 'unused'], folder, warm)).rejects.toThrow(
    'no exercised command loads unused',
  );
});

// V8 compares only the lengths.
test('code caches of other scripts of the same length are refused', async () => {
  const scripts = new Map([
    ['main', 'one'],
    ['network', 'two'],
  ]);
  await recordScripts(folder, scripts);
  await expect(checkScripts(folder, new Map([...scripts].reverse()))).resolves.toBeUndefined();
  for (const other of [new Map([...scripts, ['main', 'eno']]), new Map([['main', 'one']])]) {
    await expect(checkScripts(folder, other)).rejects.toThrow('are those of other sources');
  }
});

test('code caches of unknown scripts are refused', async () => {
  await expect(checkScripts(folder, new Map())).rejects.toThrow('are those of other sources');
});
