import { readFileSync } from 'node:fs';
import type { Instant } from '../ports.ts';

/**
 * The current instant by all clocks of this machine. On Linux, the steady clock counts from boot,
 * so processes can compare its times. On other systems there is no boot id, and the times of
 * different processes are not compared.
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

/** Identifies the parent process; see `processIdentity`. */
export function parentProcess(): string | undefined {
  return processIdentity(process.ppid);
}

/**
 * Identifies a running process by boot id, process id and start time (proc(5), field 22 of stat), so
 * that a later process with the same id is different. Undefined if there is no such process, or if
 * the system has no such data.
 */
export function processIdentity(pid: number): string | undefined {
  const boot = bootId();
  const stat = readLine(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return undefined;
  // The second field is the program's name in parentheses, which can contain any character.
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return start === undefined ? undefined : `${boot.slice(0, 8)}.${pid}.${start}`;
}

/**
 * Identifies this machine and its current boot: machine id (machine-id(5)), boot id and host name.
 * Containers on one machine share the first two. Values that the system does not have are empty.
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
