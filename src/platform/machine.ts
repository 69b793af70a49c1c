import { readFileSync } from 'node:fs';
import type { Instant } from '../ports.ts';

/**
 * Now, by all clocks of this machine. The steady one counts since boot on Linux, so that it can be
 * compared between processes; elsewhere there is no boot id and it is not.
 */
export function now(): Instant {
  const [seconds, nanoseconds] = process.hrtime();
  return {
    wallMs: Date.now(),
    steadyMs: Math.round(seconds * 1000 + nanoseconds / 1e6),
    bootId: bootId(),
  };
}

let knownBootId: { readonly value: string | undefined } | undefined;

function bootId(): string | undefined {
  knownBootId ??= { value: readLine('/proc/sys/kernel/random/boot_id') };
  return knownBootId.value;
}

/**
 * The process that runs this one, so that it can be told from a later one with the same id: boot,
 * id and start time (proc(5), field 22 of stat). Undefined where the system does not say.
 */
export function parentProcess(): string | undefined {
  const boot = bootId();
  const stat = readLine(`/proc/${process.ppid}/stat`);
  if (boot === undefined || stat === undefined) return undefined;
  // The second field is the program's name in parentheses, which may hold anything.
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return start === undefined ? undefined : `${boot.slice(0, 8)}.${process.ppid}.${start}`;
}

/**
 * What tells this machine, and this boot of it, from every other: machine id (machine-id(5)), boot
 * id and host name, of which containers on one machine share the first two. What the system does
 * not say is empty.
 */
export function machine(): readonly string[] {
  const hostname = readLine('/proc/sys/kernel/hostname');
  return [readLine('/etc/machine-id'), bootId(), hostname].map((id) => id ?? '');
}

function readLine(path: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}
