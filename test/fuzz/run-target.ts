import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createWorld } from '../support/hostile-world.ts';
import type { Target } from './target.ts';

/** The inputs of one batch; a seed repeats a whole batch. */
export interface Batch {
  readonly seed: number;
  readonly runs: number;
}

/**
 * Runs a batch of inputs of a target in an own folder, which is removed.
 * @returns how to repeat a failure, with the smallest input that was found; undefined if all passed
 */
export async function runTarget(
  target: Target,
  { seed, runs }: Batch,
): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'dexchange-fuzz-'));
  try {
    const property = await target.property(await createWorld(folder));
    const details = await fc.check(property, { seed, numRuns: runs });
    if (!details.failed) return undefined;
    const { counterexample, errorInstance } = details;
    const problem = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
    return [
      `target ${target.name} failed: ${problem}`,
      `input: ${fc.stringify(counterexample).slice(0, 5000)}`,
      `repeat it with: npm run fuzz -- --only ${target.name} --seed ${seed} --runs ${runs}`,
    ].join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
