import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { privateFiles } from '../../../src/platform/private-files.ts';
import { emptyFolder } from '../support/folder.ts';

const content = Buffer.from('content');
const isRoot = process.geteuid?.() === 0;

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe('a folder', () => {
  test('is made with its ancestors, closed to others whatever the umask', () => {
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    const path = join(emptyFolder(), 'a', 'b');
    expect(privateFiles.checkFolder(path, true)).toBeUndefined();
    expect(mode(path)).toBe('700');
  });

  test('is not made by looking', () => {
    const path = join(emptyFolder(), 'a');
    expect(privateFiles.checkFolder(path, false)).toEqual({
      reason: `${path} cannot be used: ENOENT`,
      absent: true,
    });
  });

  test('may lie below one that others may write to', () => {
    const parent = emptyFolder();
    chmodSync(parent, 0o777);
    expect(privateFiles.checkFolder(join(parent, 'leaf'), true)).toBeUndefined();
  });

  test.each([0o750, 0o705, 0o777, 0o710])('with mode %d is not used', (open) => {
    const path = emptyFolder();
    chmodSync(path, open);
    expect(privateFiles.checkFolder(path, true)).toEqual({
      reason: `${path} is open to others (mode ${open.toString(8)})`,
      absent: false,
    });
  });

  test('that is a link is not followed, whether or not to a folder of ours', () => {
    const parent = emptyFolder();
    const link = join(parent, 'link');
    symlinkSync(emptyFolder(), link);
    const refused = { reason: `${link} is a symbolic link`, absent: false };
    expect(privateFiles.checkFolder(link, false)).toEqual(refused);
    expect(privateFiles.checkFolder(link, true)).toEqual(refused);
  });

  test('that is a file, or below one, is none', () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '', { mode: 0o600 });
    expect(privateFiles.checkFolder(file, false)?.reason).toBe(`${file} is not a folder`);
    expect(privateFiles.checkFolder(join(file, 'a'), true)?.reason).toBe(
      `${join(file, 'a')} cannot be used: ENOTDIR`,
    );
  });

  test.runIf(isRoot)('of somebody else is not used', () => {
    const path = emptyFolder();
    chownSync(path, 12_345, 12_345);
    expect(privateFiles.checkFolder(path, true)?.reason).toBe(
      `${path} belongs to user id 12345, not to 0 who runs this`,
    );
  });
});

describe('reading', () => {
  function aFile(fileMode = 0o600): string {
    const path = join(emptyFolder(), 'file');
    writeFileSync(path, content);
    chmodSync(path, fileMode);
    return path;
  }

  test('gives a file of ours whole', () => {
    expect(privateFiles.read(aFile(), content.length)).toEqual(content);
  });

  test('tells a file that is not there from trouble', () => {
    const path = join(emptyFolder(), 'file');
    expect(privateFiles.read(path, 100)).toEqual({
      reason: `${path} cannot be used: ENOENT`,
      absent: true,
    });
  });

  test('refuses a larger one', () => {
    const path = aFile();
    expect(privateFiles.read(path, content.length - 1)).toEqual({
      reason: `${path} is larger than ${content.length - 1} bytes`,
      absent: false,
    });
  });

  test.each([0o604, 0o640, 0o666])('refuses mode %d', (open) => {
    const path = aFile(open);
    expect(privateFiles.read(path, 100)).toEqual({
      reason: `${path} is open to others (mode ${open.toString(8)})`,
      absent: false,
    });
  });

  test('follows no link, even to a file of ours', () => {
    const link = join(emptyFolder(), 'link');
    symlinkSync(aFile(), link);
    expect(privateFiles.read(link, 100)).toEqual({
      reason: `${link} is a symbolic link`,
      absent: false,
    });
  });

  test('does not hang on a FIFO, nor take a folder', () => {
    const folder = emptyFolder();
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', ['-m', '600', fifo]);
    expect(privateFiles.read(fifo, 100)).toEqual({
      reason: `${fifo} is not a regular file`,
      absent: false,
    });
    expect(privateFiles.read(folder, 100)).toMatchObject({
      reason: `${folder} is not a regular file`,
    });
  });

  test.runIf(isRoot)('refuses a file of somebody else', () => {
    const path = aFile();
    chownSync(path, 12_345, 12_345);
    expect(privateFiles.read(path, 100)).toMatchObject({
      reason: `${path} belongs to user id 12345, not to 0 who runs this`,
    });
  });
});

describe('writing', () => {
  test.each(['replace', 'createOnce'] as const)('by %s makes a closed file whole', (way) => {
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    const folder = emptyFolder();
    const path = join(folder, 'file');
    expect(privateFiles[way](path, content)).toBeUndefined();
    expect(readFileSync(path)).toEqual(content);
    expect(mode(path)).toBe('600');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('replaces what is there, a link too, and not what the link leads to', () => {
    const folder = emptyFolder();
    const [target, path] = [join(folder, 'target'), join(folder, 'file')];
    writeFileSync(target, 'precious');
    symlinkSync(target, path);
    expect(privateFiles.replace(path, content)).toBeUndefined();
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(privateFiles.read(path, 100)).toEqual(content);
  });

  test('in place writes neither through a link nor into a file that has another name', () => {
    const folder = emptyFolder();
    const [precious, path] = [join(folder, 'precious'), join(folder, 'file')];
    writeFileSync(precious, 'precious', { mode: 0o600 });
    linkSync(precious, path);
    expect(privateFiles.overwrite(path, content)?.reason).toBe(`${path} has another name, too`);
    unlinkSync(path);
    symlinkSync(precious, path);
    expect(privateFiles.overwrite(path, content)?.reason).toBe(`${path} is a symbolic link`);
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    unlinkSync(path);
    expect(privateFiles.overwrite(path, Buffer.from('longer than that'))).toBeUndefined();
    expect(privateFiles.overwrite(path, content)).toBeUndefined();
    expect(readFileSync(path)).toEqual(content);
  });

  test('once leaves what is there, and no rubbish', () => {
    const folder = emptyFolder();
    const path = join(folder, 'file');
    privateFiles.createOnce(path, content);
    expect(privateFiles.createOnce(path, Buffer.from('later'))).toEqual({
      reason: `${path} cannot be used: EEXIST`,
      absent: false,
    });
    expect(readFileSync(path)).toEqual(content);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('where it cannot be says why, and leaves no rubbish', () => {
    const folder = emptyFolder();
    const path = join(folder, 'taken');
    mkdirSync(join(path, 'inside'), { recursive: true });
    expect(privateFiles.replace(path, content)?.reason).toMatch(
      /taken cannot be used: (EISDIR|ENOTEMPTY|EEXIST)$/,
    );
    expect(readdirSync(folder)).toEqual(['taken']);
    const nowhere = join(folder, 'none', 'file');
    expect(privateFiles.replace(nowhere, content)).toEqual({
      reason: `${nowhere} cannot be used: ENOENT`,
      absent: true,
    });
  });
});

describe('overwriting', () => {
  test('makes a closed file, then writes longer and shorter over it', () => {
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    const folder = emptyFolder();
    const path = join(folder, 'file');
    for (const text of ['middle', 'the longest', 'x', '']) {
      expect(privateFiles.overwrite(path, Buffer.from(text))).toBeUndefined();
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(mode(path)).toBe('600');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('follows no link, hangs on no FIFO, and writes to nothing that is open to others', () => {
    const folder = emptyFolder();
    const [target, link, fifo] = ['target', 'link', 'fifo'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(target, 'precious');
    chmodSync(target, 0o666);
    symlinkSync(target, link);
    execFileSync('mkfifo', ['-m', '600', fifo]);
    expect(privateFiles.overwrite(link, content)?.reason).toBe(`${link} is a symbolic link`);
    expect(privateFiles.overwrite(fifo, content)?.reason).toBe(`${fifo} cannot be used: ENXIO`);
    expect(privateFiles.overwrite(target, content)?.reason).toBe(
      `${target} is open to others (mode 666)`,
    );
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });
});
