import { execFile } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';

/** PATH without npm's additions: its first kubectl or curl might be another one than the user's. */
export function cleanPath(): string {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
}

/** Whether a program can be started. */
export async function hasProgram(program: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(program, args, { env: { PATH: cleanPath() } });
    return true;
  } catch {
    return false;
  }
}

/** What the figures depend on; nothing that tells whose machine it is. */
export function machineShape(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  return `${availableParallelism()} cores (${model}), ${gib} GiB, ${type()} ${kernel()} ${process.arch}, Node ${process.versions.node}`;
}

/** The version alone: what follows it may name a cloud or a company. */
function kernel(): string {
  return /^\d+\.\d+/.exec(release())?.[0] ?? release();
}
