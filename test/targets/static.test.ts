import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Target, targets } from '../../scripts/package/targets.ts';
import { assetRange } from '../binary/assets.ts';
import { builtTarget } from '../support/built-target.ts';
import { readSignature, segments } from '../support/mach-o.ts';
import { readPe } from './pe.ts';

// What can be checked of programs that no machine of the tests runs.

describe.each(['macos-arm64', 'macos-x64'] as const)('%s', (name) => {
  const read = (): Buffer => readFileSync(builtTarget(name).program);

  test('has an ad hoc signature with the hash of every page', () => {
    const signature = readSignature(read());
    expect(signature).toMatchObject({ identifier: 'dexchange', flags: 2, wrongPages: [] });
    expect(signature.pages).toBeGreaterThan(20_000);
  });

  test('has the program in a segment of its own, and no segments that overlap', () => {
    const inFile = segments(read()).filter(({ size }) => size > 0);
    expect(inFile.map((segment) => segment.name)).toContain('NODE_SEA');
    const ordered = inFile.toSorted((a, b) => a.offset - b.offset);
    expect(ordered.at(-1)?.name).toBe('__LINKEDIT');
    for (const [index, { offset, size, address, memorySize }] of ordered.entries()) {
      const next = ordered[index + 1];
      if (next === undefined) continue;
      expect(offset + size).toBeLessThanOrEqual(next.offset);
      expect(address + memorySize).toBeLessThanOrEqual(next.address);
    }
  });
});

describe.each([
  ['windows-x64', 0x8664],
  ['windows-arm64', 0xaa64],
] as const)('%s', (name, machine) => {
  test('contains the program as a resource, and no signature of Node', () => {
    expect(readPe(readFileSync(builtTarget(name).program))).toEqual({
      machine,
      rawResources: expect.arrayContaining(['NODE_SEA_BLOB']),
      signatureSize: 0,
    });
  });
});

test.each(targets.map((target): Target => target))(
  '$name has code caches if it was run',
  (target) => {
    const file = readFileSync(builtTarget(target.name as (typeof targets)[number]['name']).program);
    expect(assetRange(file, 'main.js').end).toBeGreaterThan(0);
    const cache = (): unknown => assetRange(file, 'main.cache');
    if (target.runner === undefined) expect(cache).toThrow('no asset main.cache');
    else expect(cache).not.toThrow();
  },
);
