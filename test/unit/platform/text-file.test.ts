import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTextFile, UnreadableFile } from '../../../src/platform/text-file.ts';
import { emptyFolder } from '../support/folder.ts';

function messageFor(path: string, maxWaitMs = 1_000): string {
  try {
    readTextFile(path, maxWaitMs);
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableFile);
    return (error as UnreadableFile).message;
  }
  throw new Error('it was read');
}

test('reads a file with any mode and through a link', () => {
  const folder = emptyFolder();
  const path = join(folder, 'token');
  writeFileSync(path, 'tökén\n');
  chmodSync(path, 0o666);
  symlinkSync(path, join(folder, 'link'));
  expect(readTextFile(path, 0)).toBe('tökén\n');
  expect(readTextFile(join(folder, 'link'), 0)).toBe('tökén\n');
});

test('reads a file that is longer than one read', () => {
  const path = join(emptyFolder(), 'long');
  const text = 'ä€'.repeat(50_000);
  writeFileSync(path, text);
  expect(readTextFile(path, 0)).toBe(text);
});

test('reads UTF-16 if the file has its byte order mark', () => {
  const path = join(emptyFolder(), 'utf16');
  const bytes = Buffer.from('\ufefftökén\n', 'utf16le');
  writeFileSync(path, bytes);
  expect(readTextFile(path, 0)).toBe('\ufefftökén\n');
  writeFileSync(path, bytes.swap16());
  expect(readTextFile(path, 0)).toBe('\ufefftökén\n');
});

test.each<[string, Buffer, string | undefined]>([
  ['UTF-8', Buffer.from('tökén 😀\n'), 'tökén 😀\n'],
  ['U+FFFD itself', Buffer.from('t\ufffdken'), 't\ufffdken'],
  ['a byte order mark', Buffer.from('\ufefftoken'), '\ufefftoken'],
  ['UTF-16', Buffer.from('\ufefftoken', 'utf16le'), '\ufefftoken'],
  ['Latin-1', Buffer.from('tökén', 'latin1'), undefined],
  ['half a character', Buffer.from('tö').subarray(0, -1), undefined],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), undefined],
])('bytes that are not UTF-8 can be rejected: %s', (_what, bytes, text) => {
  const path = join(emptyFolder(), 'text');
  writeFileSync(path, bytes);
  expect(readTextFile(path, 0)).toBe(text ?? bytes.toString('utf8'));
  const strict = () => readTextFile(path, 0, 'rejected');
  if (text === undefined) expect(strict).toThrow('contains bytes that are not UTF-8');
  else expect(strict()).toBe(text);
});

describe('the error follows the name of the file:', () => {
  test.each<[string, (folder: string) => string]>([
    ['does not exist', (folder) => join(folder, 'none')],
    ['is a folder', (folder) => folder],
    [
      'does not exist',
      (folder) => {
        writeFileSync(join(folder, 'file'), '');
        return join(folder, 'file', 'below');
      },
    ],
    [
      'is a loop of symbolic links',
      (folder) => {
        symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
        return join(folder, 'loop');
      },
    ],
    ['is larger than 4194304 bytes', () => '/dev/zero'],
  ])('it %s', (words, make) => {
    expect(messageFor(make(emptyFolder()))).toBe(words);
  });

  test.skipIf(process.geteuid?.() === 0)('it cannot be read: permission denied', () => {
    const path = join(emptyFolder(), 'closed');
    writeFileSync(path, '');
    chmodSync(path, 0);
    expect(messageFor(path)).toBe('cannot be read: permission denied');
  });
});

describe('a pipe', () => {
  /** A FIFO that a shell has open for writing, as that of the shell's <(command) is. */
  async function fifoWrittenBy(script: string): Promise<string> {
    const path = join(emptyFolder(), 'fifo');
    execFileSync('mkfifo', [path]);
    const shell = spawn('sh', ['-c', `exec 3<>"$0"; echo ready; ${script}`, path], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      shell.kill('SIGKILL');
    });
    await once(shell.stdout, 'data');
    return path;
  }

  test('is read until its writer closes it', async () => {
    const path = await fifoWrittenBy(
      'sleep 0.1; printf one >&3; sleep 0.1; printf two >&3; sleep 0.1',
    );
    expect(readTextFile(path, 30_000)).toBe('onetwo');
  });

  test('without a writer is an error after the time limit', async () => {
    const path = await fifoWrittenBy('exec sleep 60');
    expect(messageFor(path, 20)).toBe('sent no data in time');
  });
});
