import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { processStat } from './machine.ts';

/** A process id, or `self` for this process (proc(5)). */
export type Pid = number | 'self';

/** The words of a process's command line on Linux; none if the process is gone. */
export function commandLine(pid: Pid): readonly string[] {
  return read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
}

/** The path of the program on Linux; empty if the process belongs to another user. */
export function fileOf(pid: Pid): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

/** The parent's process id on Linux (proc(5), field 4 of stat); 0 if there is none. */
export function parentOf(pid: number): number {
  return Number(processStat(pid)?.[1] ?? 0);
}

/** Whether a process on Linux has ended, but its parent has not yet read its exit code. */
export function isZombie(pid: number): boolean {
  return processStat(pid)?.[0] === 'Z';
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A process, with the command that identifies its copies. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** The same in a process and in those that it forked, until they run another program. */
  readonly command: string;
}

/**
 * Reads a process. Returns undefined if there is none with this id, and on Windows. Uses ps(1) where there is
 * no proc(5).
 */
export function processRow(pid: number): ProcessRow | undefined {
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') {
    const words = commandLine(pid);
    if (words.length === 0) return undefined;
    return { pid, parent: parentOf(pid), command: [fileOf(pid), ...words].join('\0') };
  }
  return rowOfPs(pid);
}

/** Reads one process with ps(1), with POSIX options only. */
export function rowOfPs(pid: number): ProcessRow | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'ppid=', '-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    });
    const [, parent, command] = /^\s*(\d+)\s+(.*\S)\s*$/s.exec(text) ?? [];
    if (parent === undefined || command === undefined) return undefined;
    return { pid, parent: Number(parent), command };
  } catch {
    return undefined;
  }
}
