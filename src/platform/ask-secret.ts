import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { endingSignals } from './terminal.ts';

/**
 * Prompts on the terminal for a line, without echo.
 * @returns undefined if there is no terminal, or if the input ends without a line
 */
export async function askSecret(prompt: string): Promise<string | undefined> {
  if (!process.stdin.isTTY && process.platform === 'win32') return undefined;
  let file: number;
  try {
    file = openSync(process.platform === 'win32' ? 'CONIN$' : '/dev/tty', 'r+');
  } catch {
    return undefined;
  }
  const terminal = new ReadStream(file);
  const onSignal = (signal: NodeJS.Signals): void => {
    terminal.setRawMode(false);
    process.kill(process.pid, signal);
  };
  for (const signal of endingSignals) process.once(signal, onSignal);
  try {
    terminal.setRawMode(true);
    writeSync(2, prompt);
    return await readHidden(terminal);
  } finally {
    for (const signal of endingSignals) process.removeListener(signal, onSignal);
    terminal.setRawMode(false);
    writeSync(2, '\n');
    terminal.destroy();
    try {
      closeSync(file);
    } catch {
      // The stream has already closed it.
    }
  }
}

/** Reads a line in raw mode, in which the terminal handles neither editing keys nor Ctrl-C. */
async function readHidden(terminal: ReadStream): Promise<string | undefined> {
  let line = '';
  terminal.setEncoding('utf8');
  for await (const chunk of terminal) {
    for (const character of String(chunk)) {
      switch (character) {
        case '\r':
        case '\n':
          return line;
        case '\u0003':
          process.kill(process.pid, 'SIGINT');
          break;
        case '\u0004':
          return line === '' ? undefined : line;
        case '\u0015':
          line = '';
          break;
        case '\u007f':
        case '\b':
          line = [...line].slice(0, -1).join('');
          break;
        default:
          if (character >= ' ') line += character;
      }
    }
  }
  return undefined;
}
