import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTextFile, UnreadableFile } from '../../../src/platform/text-file.ts';
import { emptyFolder } from '../support/folder.ts';

function trouble(path: string, maxWaitMs = 1_000): string {
  try {
    readTextFile(path, maxWaitMs);
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableFile);
    return (error as UnreadableFile).message;
  }
  throw new Error('it was read');
}

test('a file is its text, of any mode and through a link', () => {
  const folder = emptyFolder();
  const path = join(folder, 'token');
  writeFileSync(path, 'tökén\n');
  chmodSync(path, 0o666);
  symlinkSync(path, join(folder, 'link'));
  expect(readTextFile(path, 0)).toBe('tökén\n');
  expect(readTextFile(join(folder, 'link'), 0)).toBe('tökén\n');
});

test('a file longer than one read is whole', () => {
  const path = join(emptyFolder(), 'long');
  const text = 'ä€'.repeat(50_000);
  writeFileSync(path, text);
  expect(readTextFile(path, 0)).toBe(text);
});

describe('trouble is told in words:', () => {
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
    expect(trouble(make(emptyFolder()))).toBe(words);
  });

  test.skipIf(process.geteuid?.() === 0)('it may not be read by this user', () => {
    const path = join(emptyFolder(), 'closed');
    writeFileSync(path, '');
    chmodSync(path, 0);
    expect(trouble(path)).toBe('may not be read by this user');
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

  test('is waited for until its writer has done', async () => {
    const path = await fifoWrittenBy(
      'sleep 0.1; printf one >&3; sleep 0.1; printf two >&3; sleep 0.1',
    );
    expect(readTextFile(path, 30_000)).toBe('onetwo');
  });

  test('that nobody writes to is given up', async () => {
    const path = await fifoWrittenBy('exec sleep 60');
    expect(trouble(path, 20)).toBe('gave nothing in time');
  });
});
