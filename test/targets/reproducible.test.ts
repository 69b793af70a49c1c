import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { repository } from '../support/built-target.ts';
import { freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';

// Needs git, and tests the commit, not the work tree.

const names = ['dexchange', 'THIRD-PARTY-LICENSES.txt'];

/** Clones the repository into a new folder, with the same packages. */
async function clone(name: string): Promise<string> {
  const fresh = freshFolder('dexchange-reproducible-');
  onTestFinished(fresh.remove);
  const folder = join(fresh.path, name);
  await succeed('git', ['clone', '--quiet', '--shared', repository, folder], fresh.path);
  await succeed('cp', ['-al', join(repository, 'node_modules'), folder], fresh.path);
  return folder;
}

async function build(folder: string, ...args: readonly string[]): Promise<void> {
  await succeed(process.execPath, ['scripts/build.ts', ...args], folder);
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await runToEnd(command, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${stdout}${stderr}`);
}

function hashes(folder: string): Readonly<Record<string, string>> {
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(names.map((name) => [name, hash(join(folder, 'dist', name))]));
}

test('reproducible: two builds in two folders have the same bytes', async () => {
  const [one, other] = [await clone('one'), await clone('a folder with a longer name')];
  await build(one);
  await build(other, `--caches=${join(one, 'dist/code-caches')}`);
  expect(hashes(other)).toEqual(hashes(one));

  // What a build warms by itself can differ in single bits, which depend on timing.
  await build(other);
  const caches = readdirSync(join(one, 'dist/code-caches')).filter((n) => n.endsWith('.cache'));
  expect(caches.length).toBeGreaterThan(3);
  for (const name of caches) {
    const [a, b] = [one, other].map((f) => readFileSync(join(f, 'dist/code-caches', name)));
    expect(differences(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)), name).toBeLessThan(50);
  }
});

function differences(a: Buffer, b: Buffer): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let count = 0;
  for (const [index, byte] of a.entries()) if (byte !== b[index]) count += 1;
  return count;
}
