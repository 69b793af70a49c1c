import { isatty } from 'node:tty';
import { uncounted } from './machine.ts';
import { decodeText, maxBytes, UnreadableFile } from './text-file.ts';

/**
 * Reads the text on stdin until its end. A person at a terminal has all the time until Ctrl-D.
 * @param maxWaitMs how long the other kinds of stdin may take, in milliseconds
 * @throws UnreadableFile
 */
export async function readStdin(maxWaitMs: number): Promise<string> {
  if (isatty(0)) return uncounted(readToEnd);
  const timer = setTimeout(() => {
    process.stdin.destroy(new UnreadableFile('did not end in time'));
  }, maxWaitMs);
  try {
    return await readToEnd();
  } finally {
    clearTimeout(timer);
  }
}

async function readToEnd(): Promise<string> {
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    for await (const chunk of process.stdin) {
      const bytes = Buffer.from(chunk);
      total += bytes.length;
      if (total > maxBytes) throw new UnreadableFile(`is larger than ${maxBytes} bytes`);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UnreadableFile(`cannot be read: ${code ?? 'unknown error'}`);
  }
  return decodeText(Buffer.concat(chunks));
}
