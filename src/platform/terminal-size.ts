import { fstatSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';
import type { Terminal } from '../terminal/style.ts';

/** What a descriptor writes to, and its columns if that is a terminal. */
export function terminalOf(descriptor: 1 | 2): Terminal {
  if (!isatty(descriptor)) {
    return { isTerminal: false, isFile: isFile(descriptor), columns: undefined };
  }
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return {
    isTerminal: true,
    isFile: false,
    columns: stream instanceof WriteStream ? stream.columns : undefined,
  };
}

function isFile(descriptor: 1 | 2): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    // The descriptor is closed.
    return false;
  }
}
