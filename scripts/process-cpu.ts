import { processStat } from '../src/platform/machine.ts';

/** The length of a clock tick of proc(5) on Linux, in milliseconds. */
const tickMs = 10;

/** The CPU time of a process so far, user and system, in milliseconds; 0 if there is no such process. */
export function processCpuMs(pid: number): number {
  const stat = processStat(pid);
  // Fields 14 and 15 of proc(5) stat.
  return (Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0)) * tickMs;
}
