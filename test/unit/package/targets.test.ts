import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import {
  generators,
  packagedFiles,
  programName,
  targetNamed,
  targets,
} from '../../../scripts/package/targets.ts';

const root = resolve(import.meta.dirname, '../../..');

test('no two programs and libraries have the same hash', () => {
  const files = packagedFiles().filter(({ path }) => path !== 'LICENSE');
  const places = new Set(files.map((f) => [f.package, f.version, f.platform, f.path].join(' ')));
  const hashes = new Set(files.map(({ sha256 }) => sha256));
  expect(hashes.size).toBe(places.size);
  for (const sha256 of hashes) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('a base and the Node that writes its blob have the same version', () => {
  for (const { node, base } of targets) {
    expect(base.version).toBe(node);
    expect(generators[node].program.version).toBe(node);
    expect(generators[node].license.version).toBe(node);
  }
});

test('packages of the table that npm installs have the version of the lock file', () => {
  const lock = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const newest = packagedFiles().filter(({ version }) => version === '24.21.0');
  expect(newest.length).toBeGreaterThan(2);
  for (const file of newest) {
    expect(lock.packages[`node_modules/${file.package}`]?.version, file.package).toBe(file.version);
  }
});

test('an unknown target is an error that lists the known ones', () => {
  expect(() => targetNamed('linux-mips')).toThrow(/no target linux-mips: use one of linux-x64, /);
  expect(targetNamed('linux-musl-arm64').base.platform).toBe('musllinux_1_2_aarch64');
});

test('only programs of Windows have an extension', () => {
  expect(targets.filter((target) => programName(target).includes('.')).map((t) => t.name)).toEqual([
    'windows-x64',
    'windows-arm64',
  ]);
});
