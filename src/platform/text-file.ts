import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Tokens, secrets and certificates are far smaller; /dev/zero is not. */
const maxBytes = 4 * 1024 * 1024;

/** Why a file could not be read, as the file system or we put it: `ENOENT`, `EACCES`, `too large`. */
export class UnreadableFile extends Error {
  /** True if there is no such file. */
  readonly absent: boolean;

  constructor(message: string, absent = false) {
    super(message);
    this.absent = absent;
  }
}

/**
 * The text of a file named by the user: regular, or a pipe such as `/dev/stdin` or the shell's
 * `<(command)`, waited for at most `maxWaitMs` milliseconds.
 * @throws FileTrouble; its message is fit to stand behind the file's name
 */
export function readTextFile(path: string, maxWaitMs: number): string {
  let file: number | undefined;
  try {
    // Not blocking: a pipe that nobody writes to must not hold up kubectl for ever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return readUntilEnd(file, performance.now() + maxWaitMs);
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const words: Readonly<Record<string, string>> = {
      ENOENT: 'does not exist',
      EACCES: 'may not be read by this user',
      EISDIR: 'is a folder',
      ENXIO: 'cannot be opened',
      ENOTDIR: 'does not exist',
      ELOOP: 'is a loop of symbolic links',
    };
    throw new UnreadableFile(
      words[code ?? ''] ?? `cannot be read: ${code ?? 'unknown error'}`,
      code === 'ENOENT' || code === 'ENOTDIR',
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * The text piped to the process, waited for at most `maxWaitMs` milliseconds where the pipe does
 * not block; a terminal is read until Ctrl-D.
 * @throws FileTrouble; its message is fit to stand behind `stdin`
 */
export function readStdin(maxWaitMs: number): string {
  try {
    return readUntilEnd(0, performance.now() + maxWaitMs);
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UnreadableFile(`cannot be read: ${code ?? 'unknown error'}`);
  }
}

function readUntilEnd(file: number, giveUpAt: number): string {
  const chunks: Buffer[] = [];
  const firstWriterBy = Math.min(giveUpAt, performance.now() + firstWriterMs);
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(16 * 1024);
    const got = readSome(file, chunk, giveUpAt);
    if (got === 0 && total === 0 && awaitsWriter(file, performance.now() < firstWriterBy)) continue;
    if (got === 0) return Buffer.concat(chunks).toString('utf8');
    total += got;
    if (total > maxBytes) throw new UnreadableFile(`is larger than ${maxBytes} bytes`);
    chunks.push(chunk.subarray(0, got));
  }
}

/** A named pipe that nobody has opened for writing yet reads as if it had ended. */
const firstWriterMs = 2000;

function awaitsWriter(file: number, inTime: boolean): boolean {
  if (!inTime || !fstatSync(file).isFIFO()) return false;
  pause();
  return true;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}

function readSome(file: number, chunk: Buffer, giveUpAt: number): number {
  for (;;) {
    try {
      return readSync(file, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      if (performance.now() > giveUpAt) throw new UnreadableFile('gave nothing in time');
      pause();
    }
  }
}
