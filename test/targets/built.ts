import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { programName, type TargetName, targetNamed } from '../../scripts/package/targets.ts';

export const repository = resolve(import.meta.dirname, '../..');
const folder = join(repository, 'dist/targets');

/** What `npm run build -- --target NAME --archive` has left. */
export interface BuiltTarget {
  readonly name: TargetName;
  readonly folder: string;
  readonly program: string;
  /** The tar.gz. */
  readonly archive: string;
}

/** @throws Error if the target was not built */
export function builtTarget(name: TargetName): BuiltTarget {
  const target = join(folder, name);
  const program = join(target, 'bin', programName(targetNamed(name)));
  if (!existsSync(program)) throw new Error(`${program} does not exist: npm run test:targets`);
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const archive = join(folder, `dexchange_${version}_${name}.tar.gz`);
  return { name, folder: target, program, archive };
}
