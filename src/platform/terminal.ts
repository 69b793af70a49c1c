import { writeSync } from 'node:fs';

/**
 * Writes a text whole to stdout (1) or stderr (2), at once: the process may end right after it.
 * @returns undefined, or the system's code of why it could not be written; a reader that has gone
 *   away (EPIPE) is not a failure of ours
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
      // A pipe that its owner made non-blocking, and that is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return undefined;
}
