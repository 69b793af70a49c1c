import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = constants;

/** How a new file takes its place. */
export interface AtomicWrite {
  /** The path before the temporary file's random part, in the folder of the target. */
  readonly prefix: string;
  /** Gives the temporary file the target's name: a rename, or a link that fails if there is one. */
  readonly place: (temporary: string) => void;
  /** Called with the open file before it holds anything, to set owner and mode. */
  readonly prepare?: (file: number) => void;
  /** True for a file that must survive a power cut, at the cost of some milliseconds. */
  readonly isDurable?: boolean;
}

/**
 * Writes a file (0600) as a whole or not at all: into a temporary file that is created exclusively,
 * then placed. A failure leaves the target as it was, and no temporary file.
 * @throws Error of the file system
 */
export function writeAtomically(
  content: Buffer,
  { prefix, place, prepare, isDurable = false }: AtomicWrite,
): void {
  const temporary = `${prefix}.${randomBytes(8).toString('hex')}.tmp`;
  let file: number | undefined = openSync(
    temporary,
    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
    0o600,
  );
  try {
    prepare?.(file);
    for (let written = 0; written < content.length; ) written += writeSync(file, content, written);
    // Before the rename: after a power cut an empty file would be in the place of the old one.
    if (isDurable) fsyncSync(file);
    const open = file;
    file = undefined;
    closeSync(open);
    place(temporary);
  } catch (error) {
    if (file !== undefined) closeQuietly(file);
    unlinkQuietly(temporary);
    throw error;
  }
}

/** Closes a file; the error of the write before it is the one to report. */
export function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // The caller reports the write's own error.
  }
}

/** Removes a file if it is there. */
export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or was never created.
  }
}
