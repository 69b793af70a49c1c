import { execFile } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';

/** PATH without the folders that npm adds, which might contain another kubectl or curl. */
export function cleanPath(): string {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
}

/** Whether a program can be run. */
export async function hasProgram(program: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(program, args, { env: { PATH: cleanPath() } });
    return true;
  } catch {
    return false;
  }
}

/** The properties of the machine that affect the figures; nothing that identifies its owner. */
export function machineShape(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  return `${availableParallelism()} cores (${model}), ${gib} GiB, ${type()} ${kernel()} ${process.arch}, Node ${process.versions.node}`;
}

/** The version without its suffix, which may name a cloud or a company. */
function kernel(): string {
  return /^\d+\.\d+/.exec(release())?.[0] ?? release();
}
