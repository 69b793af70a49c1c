import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanPath } from './machine.ts';
import type { Command } from './meter.ts';

export interface Traced {
  /** The number of started programs, including the command itself. */
  readonly programs: number;
  readonly systemCalls: number;
}

/** Counts the system calls of a command; undefined if strace is missing or may not trace. */
export async function traceCommand(folder: string, command: Command): Promise<Traced | undefined> {
  if (command.copies !== undefined) return undefined;
  const work = await mkdtemp(join(folder, 'trace-'));
  const out = join(work, 'calls');
  try {
    await promisify(execFile)('strace', ['-f', '-qq', '-s', '0', '-o', out, ...command.words], {
      env: { PATH: cleanPath(), ...command.env },
    });
    const lines = (await readFile(out, 'latin1')).split('\n');
    // One line per call; the second line of an interrupted call ("resumed") does not match.
    const calls = lines.filter((line) => /^\d+ +\w+\(/.test(line));
    const programs = lines.filter((line) => /^\d+ .*\bexecve\b.* = 0$/.test(line)).length;
    return { programs, systemCalls: calls.length };
  } catch {
    return undefined;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
