import { writeSync } from 'node:fs';

/**
 * Writes a complete text to stdout (1) or stderr (2) synchronously, so that the process can exit
 * right after it.
 * @returns undefined, or the system's error code if writing failed; a closed reader (EPIPE) does
 *   not count as a failure
 */
export function writeWhole(descriptor: 1 | 2, text: string): string | undefined {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return undefined;
      if (code !== 'EAGAIN') return code ?? 'unknown error';
      // The pipe is full, and another process has set it to non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return undefined;
}
