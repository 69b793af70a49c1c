import { readFileSync } from 'node:fs';
import type { Environment, Instant } from '../ports.ts';

/**
 * The current instant by all clocks of this machine. On Linux, the steady clock counts from boot,
 * so processes can compare its times. On other systems there is no boot id, and the times of
 * different processes are not compared.
 */
export function now(): Instant {
  return { wallMs: Date.now(), steadyMs: steadyMs(), bootId: bootId() };
}

let knownBootId: { readonly value: string | undefined } | undefined;

function bootId(): string | undefined {
  knownBootId ??= { value: readLine('/proc/sys/kernel/random/boot_id') };
  return knownBootId.value;
}

/**
 * How people run this program: as `kubectl dexchange` if it is found as a plugin of kubectl, by the
 * name of the executable or of a link to it.
 * @param argv0 the program as the caller named it
 */
export function commandName(argv0 = process.argv0): 'dexchange' | 'kubectl dexchange' {
  // Most calls need no pattern, which V8 would compile during every cache hit.
  const isPlugin =
    argv0.toLowerCase().includes('kubectl-dexchange') &&
    /(?:^|[\\/])kubectl-dexchange(?:\.exe)?$/i.test(argv0);
  return isPlugin ? 'kubectl dexchange' : 'dexchange';
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
  const start = processStat(pid)?.[19];
  if (boot === undefined) return undefined;
  return start === undefined ? undefined : `${boot.slice(0, 8)}.${pid}.${start}`;
}

/**
 * The fields of proc(5) stat from the third on: state, parent, group, … Undefined if there is no such
 * process, or if the system is not Linux.
 */
export function processStat(pid: number | 'self'): readonly string[] | undefined {
  const stat = readLine(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which can contain any character.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
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

/** From how many variables on the environment is read at once. */
const manyVariables = 1000;

/**
 * The environment of this process. Each access to `process.env` searches all variables, so that
 * reading all of them takes time that grows with the square of their number.
 */
export function environment(): Environment {
  if (Object.keys(process.env).length < manyVariables) return process.env;
  const text = readLine('/proc/self/environ');
  if (text === undefined) return process.env;
  const variables = Buffer.from(text, 'latin1').toString('utf8').split('\0');
  const pairs = variables.map((variable): [string, string] => {
    const at = variable.indexOf('=', 1);
    return [variable.slice(0, at), variable.slice(at + 1)];
  });
  // Of a variable that is set twice, the first counts, as in getenv(3).
  return Object.fromEntries(pairs.filter(([name]) => name !== '').reverse());
}

/** The variable by which a dexchange names itself and its deadline to its children. */
export const callerVariable = '_DEXCHANGE_CALLER';

/** The dexchange that runs this process, directly or through other programs. */
export interface Caller {
  readonly pid: number;
  /** When its call must end, in milliseconds by the monotonic clock that all processes share. */
  readonly endsAtMs: number;
}

/**
 * Reads the caller from the environment. Undefined if there is none, and if the process has ended
 * or is in another pid namespace, where neither its id nor its clock means anything.
 */
export function callerOf(env: Environment): Caller | undefined {
  const note = env[callerVariable];
  if (note === undefined) return undefined;
  const [, pid, endsAtMs] = /^(\d{1,9}) (\d{1,15})$/.exec(note) ?? [];
  if (pid === undefined || !isAlive(Number(pid))) return undefined;
  return { pid: Number(pid), endsAtMs: Number(endsAtMs) };
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The caller of this process, if a dexchange runs it. */
export const caller = callerOf(process.env);

let promptMs = 0;
let promptedAt: number | undefined;

/**
 * Milliseconds since the start of the process. Unlike `performance.now()`, this loads no modules on a
 * cache hit.
 */
export function uptimeMs(): number {
  return process.uptime() * 1000;
}

let callStartMs = 0;

/**
 * Begins another call of a process that makes several, one after the other: the time limits of the
 * next call count from now.
 */
export function beginCall(): void {
  callStartMs = uptimeMs();
  promptMs = 0;
}

/**
 * Milliseconds since the start of the process, or of its present call if it makes several, without
 * the time that a person took at a prompt.
 */
export function elapsedMs(): number {
  return (promptedAt ?? uptimeMs()) - promptMs - callStartMs;
}

/** Waits for a person, and does not count the time. */
export async function uncounted<T>(prompt: () => Promise<T>): Promise<T> {
  promptedAt = uptimeMs();
  try {
    return await prompt();
  } finally {
    promptMs += uptimeMs() - promptedAt;
    promptedAt = undefined;
  }
}

/**
 * The rest of the time of a call that may take `timeoutMs` from the start of the process, or less if
 * its caller has less left; in milliseconds, negative if it has passed.
 */
export function remainingMs(timeoutMs: number): number {
  const ownMs = timeoutMs - elapsedMs();
  return caller === undefined ? ownMs : Math.min(ownMs, caller.endsAtMs - steadyMs());
}

/** The monotonic clock in milliseconds, on Linux since boot. */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return Math.round(seconds * 1000 + nanoseconds / 1e6);
}
