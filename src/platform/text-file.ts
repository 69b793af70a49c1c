import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { InvalidBytes } from '../ports.ts';
import { uptimeMs } from './machine.ts';
import { interruptible, pause } from './terminal.ts';

/** Far more than tokens, secrets and certificates need; a limit for files such as /dev/zero. */
export const maxBytes = 4 * 1024 * 1024;

/** Why a file could not be read; `message` follows the file's name, as in `does not exist`. */
export class UnreadableFile extends Error {
  /** True if the file does not exist. */
  readonly absent: boolean;
  /** What to do, if that depends on the kind of the file. */
  readonly hint: string | undefined;

  constructor(message: string, { absent = false, hint = undefined as string | undefined } = {}) {
    super(message);
    this.absent = absent;
    this.hint = hint;
  }
}

/** The error for a pipe without data, or one that its writer does not close. */
function silentPipe(): UnreadableFile {
  return new UnreadableFile('sent no data in time', {
    hint: 'check the program that writes to this pipe: it wrote nothing in time, or did not close it; or name a regular file',
  });
}

/**
 * Reads the text of a file that the user names: a regular file, or a pipe such as `/dev/stdin` or
 * the shell's `<(command)`.
 * @param maxWaitMs how long to wait for the data of a pipe, in milliseconds
 * @param invalidBytes whether bytes that are not text become U+FFFD, or are an error
 * @throws UnreadableFile
 */
export function readTextFile(
  path: string,
  maxWaitMs: number,
  invalidBytes: InvalidBytes = 'replaced',
): string {
  let file: number | undefined;
  try {
    // Non-blocking, so that a pipe without a writer cannot block kubectl forever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return decoded(readUntilEnd(file, uptimeMs() + maxWaitMs), invalidBytes);
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'does not exist',
      EACCES: 'cannot be read: permission denied',
      EISDIR: 'is a folder',
      ENXIO: 'cannot be opened',
      ENOTDIR: 'does not exist',
      ELOOP: 'is a loop of symbolic links',
    };
    throw new UnreadableFile(reasons[code ?? ''] ?? `cannot be read: ${code ?? 'unknown error'}`, {
      absent: code === 'ENOENT' || code === 'ENOTDIR',
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readUntilEnd(file: number, giveUpAt: number): Buffer {
  const chunks: Buffer[] = [];
  const firstWriterBy = Math.min(giveUpAt, uptimeMs() + firstWriterMs);
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(16 * 1024);
    const got = readSome(file, chunk, giveUpAt);
    if (got === 0 && total === 0 && awaitsWriter(file, uptimeMs() < firstWriterBy)) continue;
    if (got === 0) return Buffer.concat(chunks);
    total += got;
    if (total > maxBytes) throw new UnreadableFile(`is larger than ${maxBytes} bytes`);
    chunks.push(chunk.subarray(0, got));
  }
}

function decoded(bytes: Buffer, invalidBytes: InvalidBytes): string {
  const text = decodeText(bytes);
  if (invalidBytes === 'replaced' || isUtf16(bytes) || Buffer.from(text).equals(bytes)) return text;
  throw new UnreadableFile('contains bytes that are not UTF-8', { hint: 'save it as UTF-8' });
}

function isUtf16([first, second]: Buffer): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** Decodes UTF-8, or UTF-16 if a byte order mark says so: PowerShell writes that. */
export function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) {
    return bytes.swap16().toString('utf16le');
  }
  return bytes.toString('utf8');
}

/** How long to wait for the writer of a named pipe: until one opens it, a read returns the end. */
const firstWriterMs = 2000;

function awaitsWriter(file: number, inTime: boolean): boolean {
  if (!fstatSync(file).isFIFO()) return false;
  if (!inTime) throw silentPipe();
  interruptible(() => pause(10));
  return true;
}

function readSome(file: number, chunk: Buffer, giveUpAt: number): number {
  for (;;) {
    try {
      return readSync(file, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      if (uptimeMs() > giveUpAt) throw silentPipe();
      interruptible(() => pause(10));
    }
  }
}
