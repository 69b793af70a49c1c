import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { programs } from '../../../src/platform/programs.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dexchange-programs-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [first, second] = [join(folder, 'first'), join(folder, 'second')];
mkdirSync(first);
mkdirSync(second);

function write(path: string, content: string | Buffer, mode = 0o755): string {
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** A 64-bit ELF file with one program header, PT_INTERP, which names the loader. */
function elf(loader: string): Buffer {
  const file = Buffer.alloc(0x78 + loader.length + 1);
  file.write('\x7fELF\x02\x01', 'latin1');
  file.writeBigUInt64LE(0x40n, 0x20);
  file.writeUInt16LE(0x38, 0x36);
  file.writeUInt16LE(1, 0x38);
  file.writeUInt32LE(3, 0x40);
  file.writeBigUInt64LE(0x78n, 0x48);
  file.write(loader, 0x78);
  return file;
}

const env = { PATH: `relative:${first}:${second}:${first}:/missing` };

test('all files of a name are found, in the order of PATH and once', () => {
  const one = write(join(first, 'tool'), '#!/bin/sh\n');
  const link = join(second, 'tool');
  symlinkSync(one, link);
  mkdirSync(join(second, 'folder'));
  expect(programs.find('tool', env)).toEqual([
    { path: one, realPath: one, problem: undefined },
    { path: link, realPath: one, problem: undefined },
  ]);
  expect(programs.find('folder', env)).toEqual([]);
  expect(programs.find('missing', env)).toEqual([]);
  expect(programs.find('tool', {})).toEqual([]);
});

test('a path is looked at itself, not in PATH', () => {
  const path = write(join(second, 'by-path'), '#!/bin/sh\n');
  expect(programs.find(path, {})).toMatchObject([{ path, problem: undefined }]);
  expect(programs.find(join(folder, 'missing'), env)).toEqual([]);
});

describe('what cannot run', () => {
  test.each([
    ['a file that is not executable', '#!/bin/sh\n', 0o644, { kind: 'not-executable' }],
    [
      'a script whose interpreter is missing',
      '#!/opt/missing/sh -e\n',
      0o755,
      { kind: 'no-loader', loader: '/opt/missing/sh' },
    ],
    [
      'a binary whose loader is missing, as of glibc on musl',
      elf('/lib64/ld-of-another-system.so.2'),
      0o755,
      { kind: 'no-loader', loader: '/lib64/ld-of-another-system.so.2' },
    ],
    ['a binary whose loader exists', elf('/bin/sh'), 0o755, undefined],
    ['a script that is run by the shell', 'echo\n', 0o755, undefined],
    ['an empty file', '', 0o755, undefined],
    ['a damaged binary', elf('/x').subarray(0, 0x44), 0o755, undefined],
    ['a binary with a header outside of it', damaged(), 0o755, undefined],
  ])('%s', (what, content, mode, problem) => {
    const path = write(join(folder, `${what.length}-${mode}`), content, mode);
    expect(programs.find(path, env)).toEqual([{ path, realPath: path, problem }]);
  });
});

function damaged(): Buffer {
  const file = elf('/x');
  file.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 0x20);
  return file;
}

test('the program itself is a file without links, and files have a mode', () => {
  expect(programs.own()).toBe(realpathSync(process.execPath));
  const path = write(join(folder, 'mode'), '', 0o640);
  expect(programs.modeOf(path)).toBe(0o640);
  expect(programs.modeOf(join(folder, 'missing'))).toBeUndefined();
});
