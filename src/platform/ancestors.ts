import { commandLine, fileOf, parentOf } from './process-table.ts';

/** More generations than a process has in practice; a limit for a process table that changes. */
const mostGenerations = 200;

/**
 * Counts the dexchange processes among the ancestors of this process. Unlike the variables that a
 * dexchange gives to its children, this also finds those behind a program that clears the
 * environment, such as `env -i` or sudo. Only Linux tells the ancestors; elsewhere the count is 0.
 */
export function dexchangeAncestors(): number {
  if (process.platform !== 'linux') return 0;
  let count = 0;
  let pid = process.ppid;
  for (let generation = 0; pid > 1 && generation < mostGenerations; generation++) {
    if (isDexchange(pid)) count++;
    pid = parentOf(pid);
  }
  return count;
}

/** Same program: the same file with the same script, or the same command line (by sudo). */
function isDexchange(pid: number): boolean {
  const own = commandLine('self');
  const other = commandLine(pid);
  if (other.length < 2) return false;
  if (other.slice(1).join('\0') === own.slice(1).join('\0')) return true;
  const script = own.slice(1, own.length - process.argv.slice(2).length);
  return fileOf(pid) === fileOf('self') && script.every((word, at) => other[at + 1] === word);
}
