import { type Run, run } from '../../scripts/package/exercise.ts';
import { runnerOf } from '../../scripts/package/runner.ts';
import { targetNamed } from '../../scripts/package/targets.ts';
import { builtTarget, repository } from '../support/built-target.ts';

/** Runs programs of Windows. */
export interface Wine {
  run(
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Run>;
  dexchange(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run>;
}

/** @throws Error if this machine has no Wine, or the target was not built */
export async function findWine(): Promise<Wine> {
  const runner = await runnerOf(repository, targetNamed('windows-x64'));
  if (runner === undefined) throw new Error('no Wine');
  const { program } = builtTarget('windows-x64');
  return {
    run: (words, args, env = {}) => run(words, args, env, runner),
    dexchange: (args, env = {}) => run(program, args, env, runner),
  };
}

/** A file of this machine, as Wine names it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}
