import { readdirSync } from 'node:fs';
import { processStat } from '../../src/platform/machine.ts';
import { commandLine } from '../../src/platform/process-table.ts';

/** The length of a clock tick of proc(5) on Linux, in milliseconds. */
const tickMs = 10;

/**
 * The CPU time in milliseconds, user and system, of all running processes that have a folder in their
 * command lines. Other load of the machine makes them slower, but adds nothing to it.
 */
export function cpuMsOf(folder: string): number {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    if (!commandLine(pid).some((word) => word.includes(folder))) continue;
    const stat = processStat(pid);
    // Fields 14 and 15 of proc(5) stat.
    ticks += Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0);
  }
  return ticks * tickMs;
}
