import { readdirSync } from 'node:fs';
import { commandLine } from '../../src/platform/process-table.ts';
import { processCpuMs } from '../process-cpu.ts';

/**
 * The CPU time in milliseconds, user and system, of all running processes that have a folder in their
 * command lines. Other load of the machine makes them slower, but adds nothing to it.
 */
export function cpuMsOf(folder: string): number {
  let cpuMs = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    if (!commandLine(pid).some((word) => word.includes(folder))) continue;
    cpuMs += processCpuMs(pid);
  }
  return cpuMs;
}
