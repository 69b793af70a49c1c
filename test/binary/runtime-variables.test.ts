import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { baseNode } from '../../scripts/package/base-node.ts';
import type { RenamedName } from '../../scripts/package/rename-variables.ts';
import { keptVariables, renamedVariables } from '../../scripts/package/runtime-variables.ts';
import { assetRange, blobStart } from './assets.ts';
import { variablesByPrefix, variablesOfMachineCode, variablesOfScripts } from './runtime-reads.ts';
import { binary } from './shipped.ts';

const base = readFileSync(baseNode(resolve(import.meta.dirname, '../..')).path);
const shipped = readFileSync(binary);
const known = [...renamedVariables, ...keptVariables];
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

const inMachineCode = isLinuxX64 ? variablesOfMachineCode(base) : new Set<string>();
const inScripts = variablesOfScripts(base);
const inTables = variablesByPrefix(base);
const read = new Set([...inMachineCode, ...inScripts, ...inTables]);

// If this fails after an update of Node, find out what the new variable does and add it to the table.
test('every variable that Node reads is in the table', () => {
  const names = new Set(known.map(({ name }) => name));
  expect([...read].filter((name) => !names.has(name))).toEqual([]);
});

test.runIf(isLinuxX64)('every variable of the table is one that Node reads', () => {
  const expected = known.filter(({ only }) => only === undefined);
  expect(expected.map(({ name }) => name).filter((name) => !read.has(name))).toEqual([]);
});

test.runIf(isLinuxX64)('machine code, scripts and tables are all searched', () => {
  expect([...inMachineCode]).toEqual(
    expect.arrayContaining(['UV_USE_IO_URING', 'RANDFILE', 'NODE_EXTRA_CA_CERTS', 'TZ']),
  );
  expect([...inScripts]).toEqual(
    expect.arrayContaining(['NODE_CHANNEL_FD', 'WATCH_REPORT_DEPENDENCIES']),
  );
  expect([...inTables]).toEqual(expect.arrayContaining(['NODE_REDIRECT_WARNINGS', 'SSL_CERT_DIR']));
});

test('the runtime in the binary contains no renamed variable', () => {
  // The program itself, in the blob at the end, knows some of the names.
  const blob = blobStart(shipped, assetRange(shipped, 'main.js').start);
  const assets = shipped.toString('latin1', blob);
  const whole = shipped.toString('latin1');
  const left = renamedVariables.filter(
    (row) => occurrences(whole, row) !== occurrences(assets, row),
  );
  expect(left).toEqual([]);
  // Proves that the search finds names.
  const node = base.toString('latin1');
  expect(occurrences(node, { name: 'NODE_CHANNEL_FD' })).toBeGreaterThan(3);
});

// Otherwise something else could use the string.
test.runIf(isLinuxX64)('a name that is renamed as a whole string is there once', () => {
  const node = base.toString('latin1');
  const rows = renamedVariables.filter(({ wholeString }) => wholeString);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter((row) => occurrences(node, row) !== 1)).toEqual([]);
});

function occurrences(text: string, { name, wholeString }: RenamedName): number {
  const pattern = wholeString ? `(?<=\\0)${name}(?=\\0)` : `(?<![\\w$])${name}`;
  return [...text.matchAll(new RegExp(pattern, 'g'))].length;
}

test('the binary does not contain the variables of the packaging', () => {
  for (const name of ['WARM_CODE_CACHE', 'PKG_EXECPATH', 'PKG_NATIVE_CACHE_PATH', 'DEBUG_PKG']) {
    expect(shipped.includes(name), name).toBe(false);
  }
});

test('the libraries in the binary do not read the environment', () => {
  for (const name of ['LOG_TOKENS', 'LOG_STREAM', 'GRACEFUL_FS_PLATFORM', 'UNDICI_NO_WASM_SIMD']) {
    expect(new RegExp(`(?<![\\w$])${name}`).test(shipped.toString('latin1')), name).toBe(false);
  }
});
