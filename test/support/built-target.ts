import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { programName, type TargetName, targetNamed } from '../../scripts/package/targets.ts';

export const repository = resolve(import.meta.dirname, '../..');
const folder = join(repository, 'dist/targets');

/** What `npm run build -- --target NAME` has left. */
export interface BuiltTarget {
  /** The folder whose content archives have. */
  readonly folder: string;
  readonly program: string;
}

/** @throws Error if the target was not built */
export function builtTarget(name: TargetName): BuiltTarget {
  const target = join(folder, name);
  const program = join(target, 'bin', programName(targetNamed(name)));
  if (!existsSync(program)) throw new Error(`${program} does not exist: npm run test:targets`);
  return { folder: target, program };
}
