import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { baseNode } from '../../../scripts/package/base-node.ts';
import { stripElf } from '../../../scripts/package/strip-elf.ts';
import { elfNeeds } from '../../binary/elf.ts';
import { freshFolder } from '../../support/dexchange.ts';

// Writes and runs 100 MB, which takes long on a busy machine.
describe.skipIf(process.platform !== 'linux')('a Node without symbols', { timeout: 60_000 }, () => {
  const { path } = baseNode(resolve(import.meta.dirname, '../../..'));
  const original = readFileSync(path);
  const stripped = stripElf(original);

  test('is a tenth smaller, and runs with the same libraries', () => {
    expect(stripped.length).toBeLessThan(original.length * 0.9);
    const folder = freshFolder();
    onTestFinished(folder.remove);
    const program = join(folder.path, 'node');
    writeFileSync(program, stripped, { mode: 0o755 });
    expect(elfNeeds(program)).toEqual(elfNeeds(path));
    expect(execFileSync(program, ['-p', 'process.version'], { encoding: 'utf8', env: {} })).toMatch(
      /^v24\./,
    );
  });

  test('cannot be stripped further', () => {
    expect(stripElf(stripped).equals(stripped)).toBe(true);
  });

  test('has no section of symbols', () => {
    expect(original.includes('\0.symtab\0')).toBe(true);
    const table = Number(stripped.readBigUInt64LE(0x28));
    const types = Array.from({ length: stripped.readUInt16LE(0x3c) }, (_, index) =>
      stripped.readUInt32LE(table + index * 0x40 + 4),
    );
    const symbols = 2;
    expect(types.length).toBeGreaterThan(10);
    expect(types).not.toContain(symbols);
  });
});

test('what is not an ELF program is an error', () => {
  expect(() => stripElf(Buffer.from('MZ and more'))).toThrow('not ELF64 LE');
});
