import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runTarget } from './run-target.ts';
import { targets } from './targets.ts';

// The beginning of a fuzz run; `npm run fuzz -- --minutes N` runs it for longer.

test.each(targets)(
  'inputs of target $name have an outcome that a user may see',
  async (target) => {
    expect(await runTarget(target, { seed: 1, runs: 100 })).toBeUndefined();
  },
  300_000,
);

test('a failure is reported with its smallest input and how to repeat it', async () => {
  const failure = await runTarget(
    {
      name: 'example',
      property: () =>
        fc.asyncProperty(fc.nat(), async (number) => {
          if (number > 100) throw new Error('too large');
        }),
    },
    { seed: 7, runs: 50 },
  );
  expect(failure).toContain('target example failed: too large\ninput: [101]\n');
  expect(failure).toContain('npm run fuzz -- --only example --seed 7 --runs 50');
});
