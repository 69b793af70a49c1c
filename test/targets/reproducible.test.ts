import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { programName, targetNamed } from '../../scripts/package/targets.ts';
import { repository } from '../support/built-target.ts';
import { freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';

// Needs git, and tests the commit, not the work tree. Each target takes three builds, so only those are tested
// that DEXCHANGE_REPRODUCE names, besides that of this machine.

const chosen = (process.env['DEXCHANGE_REPRODUCE'] ?? '').split(',').filter((name) => name !== '');

/** What makes a build, and what it leaves, by paths in the repository. */
interface Build {
  readonly args: readonly string[];
  readonly files: readonly string[];
  readonly caches: string;
}

const ownBuild: Build = {
  args: [],
  files: ['dist/dexchange', 'dist/THIRD-PARTY-LICENSES.txt'],
  caches: 'dist/code-caches',
};

function buildOf(name: string): Build {
  const folder = join('dist/targets', name);
  return {
    args: [`--target=${name}`],
    files: [join('bin', programName(targetNamed(name))), 'THIRD-PARTY-LICENSES.txt'].map((file) =>
      join(folder, file),
    ),
    caches: join(folder, 'code-caches'),
  };
}

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

function hashes(folder: string, files: readonly string[]): Readonly<Record<string, string>> {
  const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(files.map((file) => [file, hash(join(folder, file))]));
}

const builds: readonly (readonly [string, Build])[] = [
  ['', ownBuild],
  ...chosen.map((name) => [` of ${name}`, buildOf(name)] as const),
];

test.each(builds)(
  'reproducible: two builds%s in two folders have the same bytes',
  { timeout: 3_600_000 },
  async (_name, { args, files, caches }) => {
    const [one, other] = [await clone('one'), await clone('a folder with a longer name')];
    await build(one, ...args);
    await build(other, ...args, `--caches=${join(one, caches)}`);
    expect(hashes(other, files)).toEqual(hashes(one, files));

    // What a build warms by itself can differ in single bits, which depend on timing.
    await build(other, ...args);
    const names = readdirSync(join(one, caches)).filter((name) => name.endsWith('.cache'));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const [a, b] = [one, other].map((folder) => readFileSync(join(folder, caches, name)));
      expect(differences(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)), name).toBeLessThan(50);
    }
  },
);

function differences(a: Buffer, b: Buffer): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let count = 0;
  for (const [index, byte] of a.entries()) if (byte !== b[index]) count += 1;
  return count;
}
