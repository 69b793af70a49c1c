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
  test('is created with its ancestors, private whatever the umask', () => {
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    const path = join(emptyFolder(), 'a', 'b');
    expect(privateFiles.checkFolder(path, true)).toBeUndefined();
    expect(mode(path)).toBe('700');
  });

  test('is not created by a check', () => {
    const path = join(emptyFolder(), 'a');
    expect(privateFiles.checkFolder(path, false)).toEqual({
      reason: `${path} cannot be used: ENOENT`,
      absent: true,
    });
  });

  test('can be below a folder that others can write to', () => {
    const parent = emptyFolder();
    chmodSync(parent, 0o777);
    expect(privateFiles.checkFolder(join(parent, 'leaf'), true)).toBeUndefined();
  });

  test.each([0o750, 0o705, 0o777, 0o710])('with mode %d is rejected', (open) => {
    const path = emptyFolder();
    chmodSync(path, open);
    expect(privateFiles.checkFolder(path, true)).toEqual({
      reason: `${path} is open to others (mode ${open.toString(8)})`,
      absent: false,
    });
  });

  test('that is a link is rejected, even to a private folder', () => {
    const parent = emptyFolder();
    const link = join(parent, 'link');
    symlinkSync(emptyFolder(), link);
    const refused = { reason: `${link} is a symbolic link`, absent: false };
    expect(privateFiles.checkFolder(link, false)).toEqual(refused);
    expect(privateFiles.checkFolder(link, true)).toEqual(refused);
  });

  test('that is a file, or below one, is rejected', () => {
    const file = join(emptyFolder(), 'file');
    writeFileSync(file, '', { mode: 0o600 });
    expect(privateFiles.checkFolder(file, false)?.reason).toBe(`${file} is not a folder`);
    expect(privateFiles.checkFolder(join(file, 'a'), true)?.reason).toBe(
      `${join(file, 'a')} cannot be used: ENOTDIR`,
    );
  });

  test.runIf(isRoot)('of another user is rejected', () => {
    const path = emptyFolder();
    chownSync(path, 12_345, 12_345);
    expect(privateFiles.checkFolder(path, true)?.reason).toBe(
      `${path} belongs to user id 12345, not to 0`,
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

  test('returns a complete private file', () => {
    expect(privateFiles.read(aFile(), content.length)).toEqual(content);
  });

  test('reports a missing file as absent', () => {
    const path = join(emptyFolder(), 'file');
    expect(privateFiles.read(path, 100)).toEqual({
      reason: `${path} cannot be used: ENOENT`,
      absent: true,
    });
  });

  test('rejects a larger file', () => {
    const path = aFile();
    expect(privateFiles.read(path, content.length - 1)).toEqual({
      reason: `${path} is larger than ${content.length - 1} bytes`,
      absent: false,
    });
  });

  test.each([0o604, 0o640, 0o666])('rejects mode %d', (open) => {
    const path = aFile(open);
    expect(privateFiles.read(path, 100)).toEqual({
      reason: `${path} is open to others (mode ${open.toString(8)})`,
      absent: false,
    });
  });

  test('rejects a link, even to a private file', () => {
    const link = join(emptyFolder(), 'link');
    symlinkSync(aFile(), link);
    expect(privateFiles.read(link, 100)).toEqual({
      reason: `${link} is a symbolic link`,
      absent: false,
    });
  });

  test('does not block on a FIFO, and rejects a folder', () => {
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

  test.runIf(isRoot)('rejects a file of another user', () => {
    const path = aFile();
    chownSync(path, 12_345, 12_345);
    expect(privateFiles.read(path, 100)).toMatchObject({
      reason: `${path} belongs to user id 12345, not to 0`,
    });
  });
});

describe('writing', () => {
  test.each(['replace', 'createOnce'] as const)(
    'with %s creates a complete private file',
    (way) => {
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
    },
  );

  test('replaces an existing file or link, not the target of the link', () => {
    const folder = emptyFolder();
    const [target, path] = [join(folder, 'target'), join(folder, 'file')];
    writeFileSync(target, 'precious');
    symlinkSync(target, path);
    expect(privateFiles.replace(path, content)).toBeUndefined();
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(privateFiles.read(path, 100)).toEqual(content);
  });

  test('in place rejects a link and a file with more than one hard link', () => {
    const folder = emptyFolder();
    const [precious, path] = [join(folder, 'precious'), join(folder, 'file')];
    writeFileSync(precious, 'precious', { mode: 0o600 });
    linkSync(precious, path);
    expect(privateFiles.overwrite(path, content)?.reason).toBe(
      `${path} has more than one hard link`,
    );
    unlinkSync(path);
    symlinkSync(precious, path);
    expect(privateFiles.overwrite(path, content)?.reason).toBe(`${path} is a symbolic link`);
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    unlinkSync(path);
    expect(privateFiles.overwrite(path, Buffer.from('longer than that'))).toBeUndefined();
    expect(privateFiles.overwrite(path, content)).toBeUndefined();
    expect(readFileSync(path)).toEqual(content);
  });

  test('with createOnce keeps an existing file and leaves no temporary file', () => {
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

  test('reports why it failed, and leaves no temporary file', () => {
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
  test('creates a private file, then overwrites it with longer and shorter content', () => {
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

  test('rejects links and files that are open to others, and does not block on a FIFO', () => {
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
